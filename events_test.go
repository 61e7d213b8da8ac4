package main

import (
	"testing"

	"github.com/parley-calls/parley/engine"
)

func TestEventsOutliveSessions(t *testing.T) {
	t.Parallel()
	var e events
	var first, second []engine.EventType
	stop := e.subscribe(func(v engine.Event) { first = append(first, v.Type) })
	e.subscribe(func(v engine.Event) { second = append(second, v.Type) })
	e.publish(engine.Event{Type: engine.CallStarted})
	stop()
	stop()
	e.publish(engine.Event{Type: engine.CallEnded})
	if len(first) != 1 || len(second) != 2 || second[1] != engine.CallEnded {
		t.Errorf("first %v, second %v", first, second)
	}
}
