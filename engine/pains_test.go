package engine

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// pains are the defects of the call kit that could come back in this package, by their number in the list that Parley was made from,
// with the tests that would catch them.
var pains = []struct {
	number int
	what   string
	tests  []string
}{
	{5, "the ring is not received when the app was closed", []string{"TestAcceptEarly", "TestNothingRingsForEver"}},
	{6, "a ring dangles after its notification is gone", []string{"TestEndReasons", "TestEngineAndLawTogether"}},
	{7, "accepting from the notification opens nothing", []string{"TestAcceptEarly"}},
	{8, "the app enters a call that was never accepted", []string{"TestCallThatNobodyHereWantsIsLeft", "TestJoinable"}},
	{9, "inviting does nothing without a line", []string{"TestAnswersWithoutASwitchboard", "TestInviteGivenUp"}},
	{10, "a failure has no reason", []string{"TestEveryErrorHasACodeAndAHint", "TestClosed"}},
	{11, "crashes when something is missing at the start", []string{"TestWrongOptions"}},
	{12, "accept and reject are dead without the kit's own windows", []string{"TestCall", "TestDeclineAndCancel"}},
	{13, "after a rejection the next calls are refused", []string{"TestDeclineAndCancel", "TestRandomHistories", "TestEngineAndLawTogether"}},
	{14, "after cancelling the next call cannot be accepted", []string{"TestRingAgainOfTheSameCall", "TestDeclineAndCancel"}},
	{15, "no call waiting, no hold, nothing said of busy", []string{"TestCallWaiting", "TestHoldAndSwap", "TestBusyRefusesAndLeavesATrace"}},
	{16, "missed calls leave no trace", []string{"TestMissedCallsAreToldOnce"}},
	{17, "a running call cannot be joined again", []string{"TestComeBackAfterACrash", "TestTakeACallToAnotherDevice", "TestLeaveAndJoin"}},
	{18, "the microphone stays on after the end", []string{"TestCall", "TestHoldAndSwap"}},
	{19, "the duration is wrong, or told twice", []string{"TestDuration"}},
	{21, "the ring ignores do-not-disturb and its own speaker", []string{"TestTones", "TestRingHasItsOwnSpeakerAndLoudness"}},
	{28, "events change what they carry", []string{"TestEvents"}},
	{38, "a tone goes on after what it was for", []string{"TestTones", "TestEngineAndLawTogether"}},
	{39, "the ring remains after cancel, or when both call", []string{"TestEndReasons", "TestGlare"}},
	{40, "quick clicks make two calls", []string{"TestOneCallIsAskedForAtATime"}},
	{41, "speaking is shown with the microphone off", []string{"TestMemberHolds", "TestMutedBeforeTheMicrophoneOpened"}},
	{42, "cancel is offered for those who are in the call", []string{"TestTilesOfThoseWhoDoNotCome"}},
	{43, "one invitee is cancelled when another answers", []string{"TestEvents", "TestEngineAndLawTogether"}},
	{44, "the camera opens in a voice call", []string{"TestVoiceCallNeverOpensTheCamera", "TestVoiceCallLeavesTheCameraAlone"}},
	{45, "no time-out event in a group", []string{"TestEvents"}},
	{48, "the call's facts change midway", []string{"TestSwitchboardRestartsDuringACall"}},
	{49, "events lack the callee's name", []string{"TestEvents"}},
	{50, "accepting while the caller hangs up leaves one alone", []string{"TestEngineAndLawTogether"}},
	{59, "the end is not told on some paths", []string{"TestEveryEndIsToldOnceWithItsFacts"}},
	{60, "one subscriber replaces another", []string{"TestEventsComeInOrderToAll", "TestSubscriptionsStopInsideHandlers"}},
	{62, "the call begins with the wrong configuration", []string{"TestRequireConfig", "TestGlare"}},
	{63, "anybody may do anything in a call", []string{"TestAddPeople"}},
	{64, "a member's switches are those of another", []string{"TestOldDeviceOfAMember"}},
	{65, "cancelling one invitation cancels all", []string{"TestAddPeople", "TestEvents"}},
	{66, "accepting is told before it is so", []string{"TestEvents", "TestCurrent"}},
	{68, "refusing as busy leaves no trace", []string{"TestBusyRefusesAndLeavesATrace"}},
	{70, "listeners of devices are cross-wired", []string{"TestTroubleOfAMember"}},
}

func TestEveryPainHasATest(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	for _, p := range pains {
		for _, name := range p.tests {
			if !strings.Contains(all.String(), "\nfunc "+name+"(t *testing.T) {") {
				t.Errorf("%d, %s: there is no %s", p.number, p.what, name)
			}
		}
	}
}
