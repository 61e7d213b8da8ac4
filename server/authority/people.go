package authority

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parley-calls/parley/engine/signal"
	"github.com/parley-calls/parley/server/law"
)

const (
	maxName    = 64 // runes of a person's name
	maxDevices = 16 // of one user at the same time
	maxLines   = 64 // of all these devices, old ones included; more have leases that do not end with the line
	maxID      = 64 // bytes of a device's or a call's ID
	maxLineID  = 96 // bytes
)

// Register makes a user known, or changes the name of one, and tells everybody. The enrolment calls it; hello does too.
// An empty name keeps the known one, and is the ID for somebody new.
func (a *Authority) Register(ctx context.Context, u signal.User) error {
	if err := u.ID.Check(); err != nil {
		return err
	}
	u.Name = cleanName(u.Name)
	if p, ok := a.view.person(u.ID); ok && (u.Name == "" || p.Name == u.Name) {
		return nil
	}
	for attempt := range maxAttempts {
		if attempt > 0 {
			if err := pause(ctx, attempt); err != nil {
				return err
			}
		}
		person, wrote, err := a.store.changePerson(ctx, u.ID, func(p signal.Person) signal.Person {
			if p.ID == "" {
				p = signal.Person{User: signal.User{ID: u.ID, Name: string(u.ID)}, Presence: signal.Offline}
			}
			if u.Name != "" {
				p.Name = u.Name
			}
			return p
		})
		switch {
		case errors.Is(err, errConflict):
			continue
		case err != nil:
			return err
		case wrote:
			a.herald.announce(ctx, person)
		default:
			a.view.putPerson(person)
		}
		return nil
	}
	return errConflict
}

// Knows reports whether there is a user with this ID.
func (a *Authority) Knows(ctx context.Context, u signal.UserID) (bool, error) {
	_, ok, err := a.store.person(ctx, u)
	return ok, err
}

// Remove makes a user unknown. Everybody hears that the person is offline, and does not find the person at the next look. Whoever may
// still connect as the user comes back with the next hello.
func (a *Authority) Remove(ctx context.Context, u signal.UserID) error {
	p, ok := a.view.person(u)
	if !ok {
		return nil
	}
	p.Presence = signal.Offline
	a.herald.announce(ctx, stored{Person: p})
	if err := a.store.people.Delete(ctx, u.Token()); err != nil {
		return fmt.Errorf("authority: remove a person: %w", err)
	}
	return a.crowd.through(ctx)
}

// cleanName makes one line of printable text of a name.
func cleanName(name string) string {
	name = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsPrint(r)
	}), " ")
	if utf8.RuneCountInString(name) > maxName {
		name = string([]rune(name)[:maxName])
	}
	return name
}

func (a *Authority) hello(ctx context.Context, from signal.UserID, in signal.Hello) (any, error) {
	if err := checkID("device", string(in.Device)); err != nil {
		return nil, err
	}
	if len(in.Line) > maxLineID {
		return nil, bad("line", "is too long")
	}
	lease := hold{from, in.Device, in.Line}
	manyDevices, manyLines := a.view.crowded(lease)
	switch {
	case in.Version > signal.Version:
		return nil, refusal(signal.CodeVersion, "The switchboard is older than this app and must be updated.")
	case in.Version < signal.Version:
		return nil, refusal(signal.CodeVersion, "This app is too old for the switchboard and must be updated.")
	case manyDevices:
		return nil, refusal(signal.CodeTooMany, "You are logged in on too many devices.")
	case manyLines:
		lease.line = ""
	}
	if err := a.Register(ctx, signal.User{ID: from, Name: in.Name}); err != nil {
		return nil, err
	}
	revision, err := a.store.renew(ctx, lease)
	if err != nil {
		return nil, err
	}
	a.view.putLease(lease, true, revision)
	a.herald.touch(from)
	for _, c := range a.view.callsOf(from) {
		if p, _ := c.Party(from); p.State == signal.Unreached || p.State == signal.Lost && p.Device == in.Device {
			if _, err := a.apply(ctx, c.ID, law.Back{User: from, Device: in.Device}); ignoreRefusal(err) != nil {
				return nil, err
			}
		}
	}
	return signal.HelloReply{Lease: a.store.lease, Grace: a.o.Grace, Now: a.now()}, nil
}

func (a *Authority) bye(ctx context.Context, from signal.UserID, in signal.Bye) (any, error) {
	if err := checkID("device", string(in.Device)); err != nil {
		return nil, err
	}
	for _, gate := range []*gate{a.calls, a.seats} {
		if err := gate.through(ctx); err != nil {
			return nil, err
		}
	}
	for lease := range a.view.leasesOf(from, func(h hold) bool { return h.device == in.Device }) {
		if err := a.store.release(ctx, lease); err != nil {
			return nil, err
		}
		a.view.dropLease(lease)
	}
	a.herald.touch(from)
	for _, c := range a.view.callsOf(from) {
		var out law.Input
		switch p, _ := c.Party(from); {
		case p.State.In() && p.Device == in.Device:
			out = law.Leave{User: from, Device: in.Device}
		case p.State.Waiting() && !a.view.online(from):
			out = law.Lost{User: from, Device: in.Device, Grace: a.grace}
		default:
			continue
		}
		if _, err := a.apply(ctx, c.ID, out); ignoreRefusal(err) != nil {
			return nil, err
		}
	}
	return signal.Empty{}, nil
}

func (a *Authority) people(context.Context, signal.UserID, signal.Empty) (any, error) {
	return signal.PeopleReply{People: fit(byPresence(a.view.everybody()), answerRoom)}, nil
}

func (a *Authority) sync(ctx context.Context, from signal.UserID, _ signal.Sync) (any, error) {
	for _, gate := range []*gate{a.calls, a.crowd} {
		if err := gate.through(ctx); err != nil {
			return nil, err // never an empty list: the app would drop its calls
		}
	}
	var in, waiting []signal.Call
	for _, c := range a.view.callsOf(from) {
		switch p, _ := c.Party(from); {
		case p.State.In():
			in = append(in, c)
		case p.State.Waiting():
			waiting = append(waiting, c)
		}
	}
	calls := fit(append(in, waiting...), answerRoom)
	return signal.SyncReply{Now: a.now().UTC().Round(0), Calls: calls, People: fit(byPresence(a.view.everybody()), answerRoom-size(calls))}, nil
}

// answerRoom is what lists may take of an answer.
const answerRoom = signal.MaxReply - 8<<10

// fit returns as many of a list's first values as fit into so many bytes of JSON.
func fit[T any](list []T, room int) []T {
	for i, v := range list {
		if room -= size(v) + 1; room < 0 {
			return list[:i]
		}
	}
	return list
}

func size(v any) int {
	data, err := json.Marshal(v)
	if err != nil {
		return signal.MaxReply
	}
	return len(data)
}

// byPresence puts those who can be called first, so that they are the last to go if not all fit.
func byPresence(people []signal.Person) []signal.Person {
	slices.SortStableFunc(people, func(a, b signal.Person) int {
		switch offline := a.Presence == signal.Offline; {
		case offline == (b.Presence == signal.Offline):
			return 0
		case offline:
			return 1
		}
		return -1
	})
	return people
}

func (a *Authority) renew(ctx context.Context, from signal.UserID, in signal.RenewRequest) (any, error) {
	if a.o.Mint == nil {
		return nil, refusal(signal.CodeForbidden, "This switchboard does not renew tokens.")
	}
	token, expires, err := a.o.Mint(ctx, from, in.Key)
	if err != nil {
		return nil, err
	}
	return signal.RenewReply{Token: token, Expires: expires}, nil
}

func (a *Authority) deviceCode(ctx context.Context, from signal.UserID, _ signal.Empty) (any, error) {
	if a.o.DeviceCode == nil {
		return nil, refusal(signal.CodeForbidden, "This switchboard lets nobody enrol.")
	}
	reply, err := a.o.DeviceCode(ctx, from)
	if err != nil {
		return nil, err
	}
	return reply, nil
}
