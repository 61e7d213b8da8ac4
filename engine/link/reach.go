package link

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/pion/webrtc/v4"
)

// ErrNoAnswer says that a STUN or TURN server gave no candidate: it is not there, refuses us, or the network is in between.
var ErrNoAnswer = errors.New("link: no answer from the server")

// Reached says whether one address of a STUN or TURN server serves us.
type Reached struct {
	URL  string
	Took time.Duration // to the candidate: name lookup, connection and allocation; 0 with an error
	Err  error
}

// Reach asks each address of the servers for a candidate, all at once, as a call would. It returns one result per address, in order, and
// lasts until all have answered or ctx ends. Of the options it uses Net, Loopback and Logger.
func Reach(ctx context.Context, servers []ICEServer, o Options) []Reached {
	var single []ICEServer
	for _, s := range servers {
		for _, url := range s.URLs {
			single = append(single, ICEServer{URLs: []string{url}, Username: s.Username, Credential: s.Credential})
		}
	}
	out := make([]Reached, len(single))
	var wait sync.WaitGroup
	for i, s := range single {
		wait.Go(func() {
			begun := time.Now()
			out[i] = Reached{URL: s.URLs[0], Err: gather(ctx, s, o)}
			if out[i].Err == nil {
				out[i].Took = time.Since(begun)
			}
		})
	}
	wait.Wait()
	return out
}

// gather waits for the first candidate that the server gives.
func gather(ctx context.Context, s ICEServer, o Options) error {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	checked, err := checkServers([]ICEServer{s})
	if err != nil {
		return err
	}
	policy := webrtc.ICETransportPolicyAll
	if strings.HasPrefix(s.URLs[0], "turn") {
		policy = webrtc.ICETransportPolicyRelay
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(newSettings(&o, pionLogger{o.Logger})))
	g, err := api.NewICEGatherer(webrtc.ICEGatherOptions{ICEServers: checked, ICEGatherPolicy: policy})
	if err != nil {
		return err
	}
	found := make(chan bool, 1)
	tell := func(ok bool) {
		select {
		case found <- ok:
		default: // the first answer counts
		}
	}
	g.OnLocalCandidate(func(c *webrtc.ICECandidate) {
		switch {
		case c == nil: // that was all
			tell(false)
		case c.Typ == webrtc.ICECandidateTypeRelay || c.Typ == webrtc.ICECandidateTypeSrflx:
			tell(true)
		}
	})
	if err := g.Gather(); err != nil {
		return errors.Join(err, g.Close())
	}
	select {
	case ok := <-found:
		if !ok {
			err = ErrNoAnswer
		}
	case <-ctx.Done():
		err = ErrNoAnswer
	}
	return errors.Join(err, g.Close())
}
