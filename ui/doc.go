// Package ui shows a [engine.Snapshot] in windows and turns what people press into commands.
//
// [UI] owns the main window, the window of an incoming call, the mini window and the tray menu. What they show is decided in one
// place: [advance] and [plan] are pure functions from the snapshot and the few things that only windows know (is the main window
// closed, is the call put away); apply brings the windows there. Pages never decide what is shown; they fill in what they are
// given and call back.
//
// The tray and the notifications of the desktop are derived from the same snapshot: [trayOf] and [tellings] are pure, and only what
// has changed is passed on. So a notification ends with its reason, by whatever way that ends; one that is dismissed silences its
// ring here and declines nothing. [Params].Desktop is what the call kits of telephones name useSystemCallingUI: without it calls
// ring in windows alone.
//
// Everything that touches a widget runs on Fyne's goroutine. The others, and who ends them:
//
//   - the engine's dispatcher only asks for one apply, so any number of changes cost one redraw;
//   - one goroutine per command that is under way (at most one per button), bounded in time, ended by [UI.Close];
//   - one pulse, which asks for an apply now and then while something that moves by itself is shown (a duration, a level);
//   - one pump per window, which shows all new pictures of the window at once, at most so many times a second as the machine can
//     draw. It never has more than one call queued at Fyne, whose queue has no bound.
//
// [UI.Close] ends them all and waits.
package ui
