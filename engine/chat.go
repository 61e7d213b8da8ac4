package engine

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/parley-calls/parley/engine/link"
)

// MessageID names a message of a chat. Of two people's messages only that and who wrote it together are one of a kind.
type MessageID string

// Delivery is how far a message of ours has come.
type Delivery string

// The deliveries.
const (
	Sending     Delivery = "sending"
	Delivered   Delivery = "delivered" // all who are in the call have it
	Undelivered Delivery = "failed"    // somebody has not, or nobody is there: see [Call.ResendMessage]
)

// Message is one of the chat of a call. It goes straight to the members who are there, and is kept by nobody else.
type Message struct {
	ID       MessageID
	From     User
	Text     string    // at most [MaxMessage] bytes, without control characters but line ends and tabs
	At       time.Time // when it was sent, or arrived, on our clock
	Mine     bool
	Delivery Delivery // of ours
}

// Bounds of a chat.
const (
	MaxMessage  = 4096 // bytes of one message
	MaxMessages = 500  // kept of one call; then the oldest of who has written most goes
)

// deliveryTime is how long a member may take to say that he has got a message.
const deliveryTime = 10 * time.Second

// SendMessage writes to all who are in the call. It appears in CallState.Chat at once. The error is ErrBadRequest for an empty or too
// long text.
func (k *Call) SendMessage(_ context.Context, text string) (MessageID, error) {
	const op = "send a message"
	text, ok := cleanText(text)
	if !ok {
		return "", fail(op, ErrBadRequest)
	}
	id := MessageID(newID())
	return id, k.change(op, said{k.id, id, text})
}

// ResendMessage tries again for those who have not got it.
func (k *Call) ResendMessage(_ context.Context, id MessageID) error {
	const op = "send a message"
	c, ok := k.state()
	if _, mine := c.chat.sent[id]; ok && !mine {
		return fail(op, ErrBadRequest)
	}
	return k.change(op, saidAgain{k.id, id})
}

// cleanText is a text as it may be sent and shown, from whoever it comes; false if nothing is left of it, or too much.
func cleanText(text string) (string, bool) {
	if !utf8.ValidString(text) {
		return "", false
	}
	text = strings.TrimSpace(strings.Map(func(c rune) rune {
		if unicode.IsControl(c) && c != '\n' && c != '\t' {
			return -1
		}
		return c
	}, text))
	return text, text != "" && len(text) <= MaxMessage
}

// note is a message on its way between two members.
type note struct {
	ID   MessageID `json:"id"`   // 1 to 64 bytes, of the sender's choice
	Text string    `json:"text"` // at most 4096 bytes, without control characters but line ends and tabs
}

// The inputs and actions of a chat.
type (
	said struct { // we write
		call CallID
		id   MessageID
		text string
	}
	saidAgain struct {
		call CallID
		id   MessageID
	}
	heard struct { // a member writes
		call   CallID
		user   UserID
		device DeviceID
		note
	}
	received struct { // a member has got a message of ours
		call   CallID
		user   UserID
		device DeviceID
		id     MessageID
	}
	write struct {
		call CallID
		to   []UserID
		note
	}
	acknowledge struct {
		call CallID
		to   UserID
		id   MessageID
	}
)

func (said) input()         {}
func (saidAgain) input()    {}
func (heard) input()        {}
func (received) input()     {}
func (write) action()       {}
func (acknowledge) action() {}

// chat is what was written in a call. Nothing in it is ever changed in place: snapshots share it.
type chat struct {
	messages []Message          // oldest first
	sent     map[MessageID]sent // ours that not all have
}

// sent is who has a message of ours, and until when the others may say so.
type sent struct {
	got   map[UserID]bool
	until time.Time
}

// add appends a message, and drops another one if there are too many: of who has written most, so that a flood costs nobody else's.
func (c chat) add(m Message) chat {
	c.messages = append(slices.Clone(c.messages), m)
	if len(c.messages) <= MaxMessages {
		return c
	}
	count := map[UserID]int{}
	most := m.From.ID
	for _, old := range c.messages {
		if count[old.From.ID]++; count[old.From.ID] > count[most] {
			most = old.From.ID
		}
	}
	oldest := slices.IndexFunc(c.messages, func(old Message) bool { return old.From.ID == most })
	if gone := c.messages[oldest]; gone.Mine {
		c.sent = without(c.sent, gone.ID)
	}
	c.messages = slices.Delete(c.messages, oldest, oldest+1)
	return c
}

func (t *turn) say(in said) {
	c, ok := t.calls[in.call]
	if !ok || !c.inside {
		return
	}
	c.chat = c.chat.add(Message{ID: in.id, From: t.me, Text: in.text, At: t.now, Mine: true, Delivery: Sending})
	c.chat.sent = with(c.chat.sent, in.id, sent{until: t.now.Add(deliveryTime)})
	t.put(in.call, c)
	t.writeTo(in.call, note{in.id, in.text}, slices.Sorted(maps.Keys(c.members)))
}

// sayAgain writes to those who have not got a message.
func (t *turn) sayAgain(in saidAgain) {
	c, ok := t.calls[in.call]
	if !ok {
		return
	}
	s, ok := c.chat.sent[in.id]
	if !ok {
		return
	}
	s.until = t.now.Add(deliveryTime)
	c.chat.sent = with(c.chat.sent, in.id, s)
	t.put(in.call, c)
	for _, m := range c.chat.messages {
		if m.Mine && m.ID == in.id {
			t.writeTo(in.call, note{m.ID, m.Text}, c.lacking(s))
		}
	}
}

// catchUp writes to a member who can be reached now what is on its way to him, in the order in which it was written.
func (t *turn) catchUp(id CallID, user UserID) {
	c := t.calls[id]
	for _, m := range c.chat.messages {
		if s, ok := c.chat.sent[m.ID]; ok && m.Mine && t.now.Before(s.until) && !s.got[user] {
			t.writeTo(id, note{m.ID, m.Text}, []UserID{user})
		}
	}
}

func (t *turn) writeTo(id CallID, n note, to []UserID) {
	if len(to) > 0 {
		t.do(write{id, to, n})
	}
}

// lacking are the members who have not got a message of ours.
func (c *call) lacking(s sent) (users []UserID) {
	for _, u := range slices.Sorted(maps.Keys(c.members)) {
		if !s.got[u] {
			users = append(users, u)
		}
	}
	return users
}

// read takes a message of a member. One that comes again was not acknowledged in time.
func (t *turn) read(c *call, in heard) {
	text, ok := cleanText(in.Text)
	if !ok || in.ID == "" || len(in.ID) > maxMessageID {
		return
	}
	t.do(acknowledge{in.call, in.user, in.ID})
	if slices.ContainsFunc(c.chat.messages, func(m Message) bool { return m.ID == in.ID && m.From.ID == in.user }) {
		return
	}
	m := Message{ID: in.ID, From: nameOf(c.record, in.user), Text: text, At: t.now}
	c.chat = c.chat.add(m)
	t.emit(Event{Type: MessageReceived, Call: in.call, User: m.From, Message: &m})
}

// maxMessageID bounds what others may call their messages, in bytes.
const maxMessageID = 64

// noted takes that a member has got a message of ours.
func (t *turn) noted(c *call, in received) {
	if s, ok := c.chat.sent[in.id]; ok {
		s.got = with(s.got, in.user, true)
		c.chat.sent = with(c.chat.sent, in.id, s)
	}
}

// weigh says how far our messages have come, whatever has changed.
func (t *turn) weigh(id CallID) {
	c := t.calls[id]
	if len(c.chat.sent) == 0 {
		return
	}
	messages := slices.Clone(c.chat.messages)
	changed := false
	for i := range messages {
		m := &messages[i]
		s, ok := c.chat.sent[m.ID]
		if !ok || !m.Mine {
			continue
		}
		now := c.delivery(s, t.now)
		if now == Delivered {
			c.chat.sent = without(c.chat.sent, m.ID)
		}
		if now != m.Delivery {
			m.Delivery, changed = now, true
			told := *m
			t.emit(Event{Type: MessageChanged, Call: id, Message: &told})
		}
	}
	if changed {
		c.chat.messages = messages
		t.put(id, c)
	}
}

// delivery is how far a message of ours has come.
func (c *call) delivery(s sent, now time.Time) Delivery {
	lacking := c.lacking(s)
	switch {
	case len(lacking) == 0 && len(s.got) > 0:
		return Delivered
	case !now.Before(s.until), !slices.ContainsFunc(lacking, func(u UserID) bool { return c.members[u].path != link.Failed }):
		return Undelivered
	}
	return Sending
}

// due is when a message counts as undelivered; zero: none is on its way.
func (c chat) due() (first time.Time) {
	for _, m := range c.messages {
		if m.Delivery != Sending {
			continue
		}
		if at := c.sent[m.ID].until; first.IsZero() || at.Before(first) {
			first = at
		}
	}
	return first
}
