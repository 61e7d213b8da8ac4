package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine/media/internal/vaapi"
)

// cardPatience is how long after the first picture of a camera the card is tried: the first seconds of a call have more to do.
const cardPatience = 3 * time.Second

// A machine that is busy makes any card slow, so one that was slow is tried again, so often and each time after so long.
const (
	cardTrials = 3
	cardPause  = time.Minute
)

// ServeCard is what a process of [CardOptions.Command] runs: it codes pictures for the one that began it, until that ends.
func ServeCard() error { return vaapi.Serve() }

// CardOptions say how the graphics card is used.
type CardOptions struct {
	Command []string     // starts a process that calls [ServeCard] and nothing else; none: the card is not to be used
	Logger  *slog.Logger // nil discards
}

// CardReport is what is known of the graphics card. It is meant for programs as JSON; fields may be added, never renamed.
type CardReport struct {
	Tried   bool    `json:"tried"` // the rest is known
	Chosen  bool    `json:"chosen"`
	Driver  string  `json:"driver,omitempty"`
	Node    string  `json:"node,omitempty"`
	Reason  string  `json:"reason,omitempty"` // why it is not chosen, in words
	Picture float64 `json:"picture_ms"`       // median time to code a picture of 1280×720
	Quality float64 `json:"psnr_db"`          // of its pictures at 2 Mbit/s

	slow bool // nothing else was wrong
}

// String says it in a sentence.
func (r CardReport) String() string {
	switch {
	case !r.Tried:
		return "Camera pictures are coded by the processor; the graphics card has not been tried yet."
	case r.Chosen:
		return fmt.Sprintf("Camera pictures are coded by the graphics card (%s).", r.Driver)
	}
	return fmt.Sprintf("Camera pictures are coded by the processor: %s.", r.Reason)
}

// Card is the graphics card of the machine as a coder of camera pictures. It is tried when a camera is first sent, and used if what it makes
// of a test film is as good as it should be; the first failure ends its use for the rest of the run. Its driver runs in a process of its
// own for each camera. All methods may be called from any goroutine.
type Card struct {
	o     CardOptions
	nodes string   // pattern of the cards of the machine
	env   []string // more environment for its processes
	trial trial
	wait  time.Duration // before the first trial
	pause time.Duration // before another one

	ctx   context.Context // ends with Close
	end   context.CancelFunc
	tasks sync.WaitGroup // goroutines and processes
	known chan struct{}  // closed when it has been tried once

	mu     sync.Mutex
	begun  bool // somebody tries it
	closed bool
	report CardReport
}

// NewCard returns the card, on which nothing has been tried yet.
func NewCard(o CardOptions) *Card {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Card{o: o, nodes: "/dev/dri/renderD*", trial: usualTrial, wait: cardPatience, pause: cardPause, known: make(chan struct{})}
	c.ctx, c.end = context.WithCancel(context.Background())
	return c
}

// Report is what is known now.
func (c *Card) Report() CardReport {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.report
}

// Examine tries the card unless that has been done, and waits for the result.
func (c *Card) Examine(ctx context.Context) (CardReport, error) {
	c.begin(0)
	select {
	case <-c.known:
	case <-c.ctx.Done():
	case <-ctx.Done():
	}
	r := c.Report()
	if !r.Tried {
		return r, cmp.Or(ctx.Err(), errClosed)
	}
	return r, nil
}

// Close ends the use of the card and waits for its processes. Senders that use it have been closed before.
func (c *Card) Close() {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.end()
	c.tasks.Wait()
}

// spawn runs a task unless the card is closed.
func (c *Card) spawn(task func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.tasks.Go(task)
	}
}

// begin tries the card after a while, if nobody has begun to.
func (c *Card) begin(after time.Duration) {
	c.mu.Lock()
	begun := c.begun
	c.begun = true
	c.mu.Unlock()
	if begun {
		return
	}
	c.spawn(func() {
		for n := range cardTrials {
			select {
			case <-time.After(after):
			case <-c.ctx.Done():
				return
			}
			r := c.examine()
			if c.ctx.Err() != nil {
				return
			}
			c.o.Logger.Info("graphics card", "result", r.String(), "picture_ms", r.Picture, "psnr_db", r.Quality)
			c.mu.Lock()
			c.report = r
			c.mu.Unlock()
			if n == 0 {
				close(c.known)
			}
			if !r.slow {
				return
			}
			after = c.pause
		}
	})
}

// examine tries the cards of the machine until one is good.
func (c *Card) examine() CardReport {
	ctx, cancel := context.WithTimeout(c.ctx, c.trial.whole)
	defer cancel()
	nodes, _ := filepath.Glob(c.nodes)
	switch {
	case len(c.o.Command) == 0:
		return CardReport{Tried: true, Reason: "the graphics card is not to be used"}
	case len(nodes) == 0:
		return CardReport{Tried: true, Reason: "there is no graphics card that could"}
	}
	var r CardReport
	var reasons []string
	for _, node := range nodes {
		r = CardReport{Tried: true, Node: node}
		err := c.try(ctx, &r)
		if err == nil {
			r.Chosen = true
			return r
		}
		r.slow = errors.Is(err, errSlow)
		if errors.Is(err, fs.ErrPermission) {
			err = errors.New(node + " may not be opened")
		}
		reason := strings.TrimSpace(err.Error())
		if r.Driver != "" && !strings.HasPrefix(reason, r.Driver) {
			reason = r.Driver + ": " + reason
		}
		reasons = append(reasons, reason)
	}
	r.Reason = strings.Join(reasons, "; ")
	return r // with the figures of the last one
}

// try looks at one card, and fills in what it finds.
func (c *Card) try(ctx context.Context, r *CardReport) error {
	coder, err := c.start(ctx, r.Node)
	if err != nil {
		return err
	}
	defer coder.Close()
	r.Driver = coder.Driver()
	return c.trial.run(ctx, coder.Encode, r)
}

// start begins a process, which the card waits for when it is closed.
func (c *Card) start(ctx context.Context, node string) (*vaapi.Coder, error) {
	coder, err := vaapi.Start(ctx, node, c.trial.answer, c.o.Command, c.env...)
	if err != nil {
		return nil, err
	}
	c.tasks.Go(func() { <-coder.Ended() }) // this is a task itself, so nobody has waited yet
	return coder, nil
}

// fail ends the use of the card.
func (c *Card) fail(err error) {
	if c.ctx.Err() != nil {
		return
	}
	c.mu.Lock()
	chosen := c.report.Chosen
	if chosen {
		c.report.Chosen, c.report.Reason = false, c.report.Driver+": "+err.Error()
	}
	c.mu.Unlock()
	if chosen {
		c.o.Logger.Warn("the graphics card is not used any more", "err", err)
	}
}

// loan is a card in the hands of one encoder.
type loan struct {
	card *Card

	mu     sync.Mutex
	coder  *vaapi.Coder // nil until its process is ready
	closed bool
}

// lend returns a loan, whose process begins; nil while the card is not known to be good.
func (c *Card) lend() *loan {
	c.begin(c.wait)
	r := c.Report()
	if !r.Chosen {
		return nil
	}
	l := &loan{card: c}
	c.spawn(func() {
		ctx, cancel := context.WithTimeout(c.ctx, c.trial.whole)
		defer cancel()
		coder, err := c.start(ctx, r.Node)
		if err != nil {
			c.fail(err)
			return
		}
		l.mu.Lock()
		defer l.mu.Unlock()
		if l.coder = coder; l.closed {
			coder.Close()
		}
	})
	return l
}

// ready returns the coder of the loan; nil while there is none, or no card is to be used any more.
func (l *loan) ready() *vaapi.Coder {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.coder != nil && !l.card.Report().Chosen {
		l.coder.Close()
		l.coder = nil
	}
	return l.coder
}

// close gives the card back. It does not wait; it may be called again.
func (l *loan) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	if l.coder != nil {
		l.coder.Close()
	}
}
