// Package devices opens the cameras, microphones, speakers and screens of this machine, follows plug and unplug, and has synthetic
// twins of all of them.
//
// A [Set] is what the engine uses. [System] is the machine's own devices, [Synthetic] needs no hardware at all, and [Select] mixes
// both by name, for flags and settings.
//
// # Capture
//
// Everything that captures is a driver of pion/mediadevices, real or synthetic: it is registered with the driver manager, opened by
// GetUserMedia (GetDisplayMedia for a screen) with its device ID as constraint, and read by one reader of its track. A driver is in
// the manager only while it is being opened, for a query there opens every closed device of the kind. Cameras use the stock
// drivers; microphone and screen drivers are our own, because the stock ones damage sound and crash on close.
//
// # Goroutines
//
//   - One per Set follows the sound server (Linux: subscription of the PulseAudio protocol, also answered by PipeWire; elsewhere a
//     poll every two seconds), and one follows the camera nodes. Both belong to the Set and end in [Set.Close]. They call the
//     functions given to [Set.Watch].
//   - Sources have none: the goroutine that calls Read paces, waits and notices the loss of the device.
//   - Each open speaker has a watchdog that owns its stream and ends with it: it notices loss, follows the default device and gives
//     the stream more time where it runs dry. The render function is called by PortAudio's realtime thread, or by the
//     one goroutine of a synthetic speaker.
//   - The sound of the system has the two of its connection: one reads, one follows who plays. They end with the source.
//   - Lists and thumbnails of what can be shared run beside the caller, one at a time, on a connection that a timer closes when nobody
//     has asked for a while.
//   - Opening runs beside the caller so that a context can end the waiting; what opens too late is closed at once.
//
// A sound device of a server that died may never finish closing. Such a close is left behind after [closePatience].
package devices
