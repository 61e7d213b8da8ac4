package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pains are the defects of the call kit to be immune to, by their number in the list that Parley was made from, with the tests that
// would catch them.
var pains = []struct {
	number int
	what   string
	tests  string
}{
	{1, "there is nothing for the desktop", "e2e.TestVideoCall e2e.TestMinimized"},
	{2, "a dead page stays after the end", "ui.TestEveryEndClosesTheCall"},
	{3, "the page does not close", "ui.TestEveryEndClosesTheCall"},
	{4, "the small view goes and the large one does not come", "ui.TestNoMomentWithoutAWindow"},
	{5, "the ring is not received when the app was closed", "engine.TestAcceptEarly engine.TestNothingRingsForEver e2e.TestMissedWhileAway e2e.TestAcceptBeforeTheStart"},
	{6, "a ring dangles after its notification is gone", "engine.TestEndReasons engine.TestEngineAndLawTogether ui.TestRingsAreTold desktop.TestPresses"},
	{7, "accepting from the notification opens nothing", "engine.TestAcceptEarly ui.TestAnsweringFromANotification e2e.TestCallsByTheDesktop"},
	{8, "the app enters a call that was never accepted", "engine.TestCallThatNobodyHereWantsIsLeft engine.TestJoinable"},
	{9, "inviting does nothing without a line", "engine.TestAnswersWithoutASwitchboard engine.TestInviteGivenUp"},
	{10, "a failure has no reason", "engine.TestEveryErrorHasACodeAndAHint engine.TestClosed"},
	{11, "crashes when something is missing at the start", "engine.TestWrongOptions"},
	{12, "accept and reject are dead without the kit's own windows", "engine.TestCall engine.TestDeclineAndCancel"},
	{13, "after a rejection the next calls are refused", "engine.TestDeclineAndCancel engine.TestRandomHistories engine.TestEngineAndLawTogether"},
	{14, "after cancelling the next call cannot be accepted", "engine.TestRingAgainOfTheSameCall engine.TestDeclineAndCancel"},
	{15, "no call waiting, no hold, nothing said of busy", "engine.TestCallWaiting engine.TestHoldAndSwap engine.TestBusyRefusesAndLeavesATrace e2e.TestCallWaiting"},
	{16, "missed calls leave no trace", "engine.TestMissedCallsAreToldOnce law.TestEntry e2e.TestHistoryOnTwoDevices"},
	{17, "a running call cannot be joined again", "engine.TestComeBackAfterACrash engine.TestTakeACallToAnotherDevice engine.TestLeaveAndJoin e2e.TestRejoinAfterDeath e2e.TestTwoDevices"},
	{18, "the microphone stays on after the end", "engine.TestCall engine.TestHoldAndSwap ui.TestTrayFollowsWhatGoesOn ui.TestMiniSaysWhatIsOff ui.TestMiniButtonsComeWithThePointerAndTheKeyboard"},
	{19, "the duration is wrong, or told twice", "engine.TestDuration"},
	{20, "nobody is heard, and nothing says why", "engine.TestSilentSpeakerIsSaid engine.TestRecordAndListen ui.TestRecordAndListen ui.TestMenuOfTheCall e2e.TestHeadsetIsUnplugged engine.TestWhoSpeaks engine.TestFloor"},
	{21, "the ring ignores do-not-disturb and its own speaker", "engine.TestTones engine.TestRingHasItsOwnSpeakerAndLoudness desktop.TestDoNotDisturbAndTheTrayAreFollowed desktop.TestQuietAmongTheSettings desktop.TestQuietOfXfce"},
	{22, "the speaker flaps back", "engine.TestKeeperDoesNotFlap engine.TestChosenDeviceIsUnplugged engine.TestPickedDevice"},
	{23, "a hidden window loses the microphone", "ui.TestPicturesAreConvertedOnlyWhereTheyAreSeen"},
	{24, "no picture comes, and nobody asks for one", "media.TestVideoReceiverAsksForKeyFrames media.TestScreenIsDecodedForWhoLooks link.TestPageOverANarrowLink engine.TestFirstPictureIsAskedForAgain"},
	{25, "the small picture cannot be chosen, parts cannot be taken out or placed", "ui.TestSwap ui.TestTilesAsAProgramWants ui.TestProgramsMakePartsOfTiles ui.TestTileIsFilledAsThePersonWants"},
	{26, "builders are not told what the call is about", "ui.TestBuilders ui.TestEachCallAsRequired"},
	{28, "events change what they carry", "engine.TestEvents"},
	{33, "a view that goes ends more than itself", "ui.TestMinimizedCall"},
	{34, "tones sound poor and cannot be changed", "assets.TestTones ui.TestOwnSoundTakesThePlaceOfATone"},
	{35, "no buttons of one's own, and no clock", "ui.TestButtonsOfTheProgram ui.TestCallButtonsAndKeys"},
	{36, "a call pops up although the whole page is wanted", "ui.TestIncomingCallFillsTheMainWindow"},
	{38, "a tone goes on after what it was for", "engine.TestTones engine.TestEngineAndLawTogether e2e.TestCallsByTheDesktop"},
	{39, "the ring remains after cancel, or when both call", "engine.TestEndReasons engine.TestGlare ui.TestRingGoesOnEveryResolution"},
	{40, "quick clicks make two calls", "engine.TestOneCallIsAskedForAtATime"},
	{41, "speaking is shown with the microphone off", "engine.TestMemberHolds engine.TestMutedBeforeTheMicrophoneOpened ui.TestVoiceIsShownOnlyWithTheMicrophoneOn engine.TestWhoSpeaks"},
	{42, "cancel is offered for those who are in the call", "engine.TestTilesOfThoseWhoDoNotCome ui.TestSeatsOfThoseWhoWereCalled"},
	{43, "one invitee is cancelled when another answers", "engine.TestEvents engine.TestEngineAndLawTogether"},
	{44, "the camera opens in a voice call", "engine.TestVoiceCallNeverOpensTheCamera engine.TestVoiceCallLeavesTheCameraAlone ui.TestCameraIsOpenOnlyForAPictureOfOurselves"},
	{45, "no time-out event in a group", "engine.TestEvents"},
	{46, "events stop after the way back", "ui.TestSubscribersDoNotReplaceEachOther ui.TestEveryReasonIsTold"},
	{47, "the small view stays after the end", "ui.TestMiniTellsWhyACallEndedAndGoes ui.TestEveryEndClosesTheCall e2e.TestMinimized"},
	{48, "the call's facts change midway", "engine.TestSwitchboardRestartsDuringACall"},
	{49, "events lack the callee's name", "engine.TestEvents"},
	{50, "accepting while the caller hangs up leaves one alone", "engine.TestEngineAndLawTogether authority.TestOneWins e2e.TestEnds"},
	{51, "the speaker button is forgotten, or ignores a headset", "engine.TestSwitchToSpeaker engine.TestPickedDevice ui.TestButtonsInMoreKeepTheirState"},
	{52, "a bar is half seen after it went", "ui.TestABarIsNeverHalfThere"},
	{53, "a tile goes when camera and microphone are off", "ui.TestTilesWithoutPictureKeepTheirPlace"},
	{54, "writing in the chat moves the pictures", "ui.TestPicturesStandStillWhileSomebodyWrites ui.TestPanelMakesRoomOrLiesOver"},
	{55, "the music of others stops", "devices.TestSystemSoundIsThatOfOthers e2e.TestShareSound"},
	{56, "what is begun twice leaves its parts behind", "ui.TestAttachedWindowGetsEverythingBack ui.TestCallIsJoinedAndLeftWithItsPlace"},
	{58, "a share cannot be stopped, or stays after its end", "engine.TestShare engine.TestShareStopsByItself e2e.TestShare"},
	{59, "the end is not told on some paths", "engine.TestEveryEndIsToldOnceWithItsFacts ui.TestEveryWayToHangUpIsTold ui.TestEveryReasonIsTold ui.TestEndsThatTheWindowsDoNotLiveToSee"},
	{60, "one subscriber replaces another", "engine.TestEventsComeInOrderToAll engine.TestSubscriptionsStopInsideHandlers ui.TestSubscribersDoNotReplaceEachOther ui.TestMiniOfACallThatRingsThere"},
	{61, "putting away without a call takes something else away", "ui.TestNothingIsPutAwayWithoutACall ui.TestPuttingAwayAndBack ui.TestControllerWithoutACallSaysSo"},
	{62, "the call begins with the wrong configuration", "engine.TestRequireConfig engine.TestGlare"},
	{63, "anybody may do anything in a call", "engine.TestAddPeople authority.TestRules law.TestKick law.TestOrder authority.TestKick authority.TestOrder engine.TestOnIsAsked engine.TestModeration e2e.TestModeration"},
	{64, "the button does not stop our own share, one shares at a time, layouts lack shares", "engine.TestOwnShare engine.TestShare ctl.TestAnswers ui.TestShares ui.TestOwnShareIsNotMirroredInItself ui.TestWhoIsAtLarge"},
	{65, "cancelling one invitation cancels all", "engine.TestAddPeople engine.TestEvents e2e.TestCancelOneOfMany"},
	{66, "accepting is told before it is so", "engine.TestEvents engine.TestCurrent ui.TestRefusedAnswerIsExplained"},
	{67, "that nobody can be reached is not said", "ui.TestJoinFailedOffersAnotherTry ui.TestJoinFailureInTheMiniWindow"},
	{68, "refusing as busy leaves no trace", "engine.TestBusyRefusesAndLeavesATrace authority.TestHistory"},
	{69, "buttons that find no place are cut off", "ui.TestNothingOfABarIsCutOff ui.TestWhatFindsNoPlaceIsInMore"},
	{70, "listeners of devices are cross-wired, and the chat's clock is wrong", "engine.TestTroubleOfAMember engine.TestMembersLearnTheRoute devices.TestRouteOfADevice ui.TestTimesOfTheDayByLocale ui.TestEveryVisibleWordIsInTheCatalogue"},
	{72, "a share is shown after the sharer stopped or left", "engine.TestSharerLeaves engine.TestRandomHistories engine.TestShare"},
	{73, "removing somebody fails without a reason", "engine.TestModeration"},
}

// edges are the situations of a call for which the kit has a rule of its own, with the tests that show ours.
var edges = []struct {
	what  string
	tests string
}{
	{"a ring while we are in a call is refused as busy, and leaves a trace", "engine.TestBusyRefusesAndLeavesATrace law.TestEntry e2e.TestEnds"},
	{"or waits, if the person wants that", "engine.TestCallWaiting ui.TestCallWaiting e2e.TestCallWaiting"},
	{"the same invitation twice rings once", "engine.TestSaidAgain engine.TestEngineAndLawTogether"},
	{"both call each other", "authority.TestGlare authority.TestGlareRepaired engine.TestGlare e2e.TestEnds"},
	{"busy or declined is said in words and with a tone of its own", "ui.TestWhyACallEndedStaysTwoSeconds engine.TestTonesOfEnds"},
	{"a group ends when everybody has said no", "law.TestNext engine.TestEvents"},
	{"nobody answers", "engine.TestNothingRingsForEver law.TestRandomLives e2e.TestEnds"},
	{"offline and ringing are told apart", "law.TestNext ui.TestDialingWordsTellStatesApart e2e.TestMissedWhileAway"},
	{"the caller vanishes", "authority.TestCrashInCalls e2e.TestDeath"},
	{"accept against cancel", "authority.TestOneWins authority.TestRaces e2e.TestEnds"},
	{"a cancel of somebody else changes nothing", "law.TestNext e2e.TestCancelOneOfMany"},
	{"the end of a call closes its view, also put away", "ui.TestEveryEndClosesTheCall"},
	{"the initiator leaves, and the others go on", "law.TestNext e2e.TestGroupCall"},
	{"or the call ends for all, and nobody can join", "law.TestNext authority.TestRules authority.TestRaces"},
	{"who leaves takes back whom he called", "law.TestNext law.TestRandomLives"},
	{"removed from a call", "engine.TestEveryEndIsToldOnceWithItsFacts e2e.TestRemovedWhileMinimized"},
	{"a call that ends while it is put away says why", "ui.TestMiniTellsWhyACallEndedAndGoes"},
	{"hanging up twice", "ui.TestControllerHangsUp ui.TestHangingUpIsConfirmedByTheProgram engine.TestCloseInEveryState engine.TestClosed"},
	{"putting away twice, or without a call; bringing back what is not away", "ui.TestPuttingAwayAndBack ui.TestNothingIsPutAwayWithoutACall ui.TestMinimizingStates"},
	{"accepted while it is put away: it stays so, as the call that it is", "ui.TestAdvance engine.TestRequireConfig"},
	{"refused, cancelled or unanswered while it is put away", "ui.TestEveryEndClosesTheCall"},
	{"a device is unplugged in a call, and comes back", "engine.TestHeadsetIsUnpluggedInACall engine.TestKeeperTakesTheNextAndReturns ui.TestReplacedDeviceIsTold ui.TestMiniSaysWhatTheMainWindowWould e2e.TestHeadsetIsUnplugged"},
	{"a device is busy: it is said, and no other one is taken", "engine.TestKeeperStaysWithABusyDevice ui.TestDeviceThatFailsSaysWhy"},
	{"the line is lost in a call", "engine.TestSwitchboardRestartsDuringACall engine.TestTones"},
	{"an authority dies between writing and telling", "authority.TestDeadAuthority authority.TestDeadAuthorityAndHistory"},
	{"answered on another device, or brought to this one", "engine.TestTakeACallToAnotherDevice authority.TestRaces e2e.TestTwoDevices"},
	{"what is shared is closed, or gives no pictures any more, but not if it is only put away", "engine.TestShareStopsByItself e2e.TestShare"},
	{"who comes while somebody shares sees it", "engine.TestThirdJoinsDuringAShare e2e.TestShare media.TestStillScreenIsSharpAndCheap"},
	{"a paused share stays as it is, and nothing more gets out", "media.TestFrozenScreen engine.TestPauseAndHoldOfAShare e2e.TestShare"},
	{"the sound of the machine is heard, but not the call itself", "e2e.TestShareSound engine.TestShareWithoutItsSound"},
	{"a required person does not come", "authority.TestRules law.TestNext"},
	{"a window that is shared is moved, resized, covered, put away or closed", "devices.TestWindowIsShared devices.TestWindowsOfAWindowManager ui.TestShareThatEndsByItselfIsTold"},
	{"a share is never forgotten: a frame and a bar say so, and end it", "ui.TestFrameFollowsTheShare ui.TestBarOfAShareIsThereWhileTheCallIsNot ui.TestBarOfAShare ui.TestShareStripOverACall ui.TestPickerOffersToStop desktop.TestFrameIsSeen"},
	{"a link never calls, joins or changes the switchboard without a yes, also in a call, offline or before the first start", "signal.TestParseLinkRefuses ui.TestLinksAskFirst ui.TestLinkByKeyboard ui.TestLinkDuringACallAsksWhatBecomesOfIt ui.TestLinkWaitsForASwitchboard"},
	{"a crash of any kind leaves a report, which the next start shows with the way back into the call", "upkeep.TestCrashesLeaveAReport ui.TestCrashIsToldOnce ui.TestCrashedCallIsRejoinedFromTheReport ui.TestCrashWaitsForItsTurn"},
	{"the screen stays on in a call, but not while one rings or waits, and no longer than the program lives", "ui.TestWhatTheDesktopDoesMeanwhile desktop.TestTheScreenStaysOn desktop.TestTheScreenStaysOnWhenServicesComeAndGo desktop.TestTheScreenSaverOfTheDisplay desktop.TestAKilledProgramKeepsNothingAwake e2e.TestCallsByTheDesktop"},
	{"a ring calls for attention until it ends, but not one that must not disturb; what was missed is counted on the icon", "ui.TestWhatTheDesktopDoesMeanwhile ui.TestTheDesktopIsToldWhatChanges desktop.TestAWindowCallsForAttention desktop.TestTheIconCounts e2e.TestCallsByTheDesktop"},
	{"what a system does not let a program do is said, and the program holds on Windows and macOS too", "ui.TestWhatTheDesktopLacksIsSaid desktop.TestOnTop desktop.TestAWaylandSession typecheck.TestCheck"},
	{"devices are shared with other programs, and the camera is closed when no picture is sent or seen", "e2e.TestVideoCall engine.TestVoiceCallNeverOpensTheCamera ui.TestCameraIsOpenOnlyForAPictureOfOurselves devices.TestCameraGivesNearestFormat"},
	{"links open here, also without a package", "desktop.TestLinks ui.TestLinksOpenHere"},
	{"settings are broken, older, or newer than the program", "profile.TestABadFileIsMovedAsideAndNamed profile.TestSettingsOfOtherVersions profile.TestNewerSettingsAreKept profile.TestFilesOfAnEarlierVersionAreBroughtAlong ui.TestBrokenSettingsAreTold"},
	{"diagnostics hold no secret, and are looked at before they are saved", "main.TestDiagnosticsHoldNoSecret upkeep.TestScrub ui.TestDiagnosticsAreLookedAtBeforeTheyAreSaved"},
	{"the display cannot be seen, as in a Wayland session", "devices.TestNoDisplay devices.TestWaylandSession xconn.TestWayland ui.TestPickerFollowsTheDisplay"},
}

var testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)

// allTests are the names of all tests, as package.Test, with the text of the files that they are in.
func allTests(t *testing.T) map[string]string {
	t.Helper()
	there := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		for _, f := range testFunc.FindAllSubmatch(text, -1) {
			there[packageOf(name)+"."+string(f[1])] += string(text)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// packageOf names the package of a file.
func packageOf(name string) string {
	if dir := filepath.Dir(name); dir != "." {
		return filepath.Base(dir)
	}
	return "main"
}

// TestPromisesHaveTests checks that the tests of the lists are there.
func TestPromisesHaveTests(t *testing.T) {
	t.Parallel()
	there := allTests(t)
	check := func(what, tests string) {
		for name := range strings.FieldsSeq(tests) {
			if there[name] == "" {
				t.Errorf("%s: there is no %s", what, name)
			}
		}
	}
	for _, p := range pains {
		check(p.what, p.tests)
	}
	for _, e := range edges {
		check(e.what, e.tests)
	}
	promised := regexp.MustCompile(`(?m)^\| (.*) \| (\w+\.Test[\w. ]+) \|$`).FindAllStringSubmatch(read(t, "SECURITY.md"), -1)
	if len(promised) < 10 {
		t.Errorf("SECURITY.md has %d promises with tests", len(promised))
	}
	for _, p := range promised {
		check(p[1], p[2])
	}
}
