//go:build e2e

package e2e

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"
)

//go:embed testdata/call.html
var callPage []byte

// relay serves the page of a call and carries what its two sides and the harness say to each other.
type relay struct {
	address string

	mu    sync.Mutex
	boxes map[string]chan []byte // by who listens
}

// maxSaid bounds one message: an offer has some kilobytes.
const maxSaid = 1 << 20

func newRelay(t *testing.T) *relay {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0") // Chromium gives devices to pages of this machine without TLS
	if err != nil {
		t.Fatal(err)
	}
	r := &relay{address: l.Addr().String(), boxes: make(map[string]chan []byte)}
	r.serve(t, l)
	return r
}

// serve answers on one more address, such as one in another network namespace.
func (r *relay) serve(t *testing.T, l net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(callPage)
	})
	mux.HandleFunc("POST /say", func(w http.ResponseWriter, q *http.Request) {
		said, err := io.ReadAll(http.MaxBytesReader(w, q.Body, maxSaid))
		if err != nil {
			return
		}
		select {
		case r.box(q.FormValue("to")) <- said:
		case <-q.Context().Done():
		}
	})
	mux.HandleFunc("GET /hear", func(w http.ResponseWriter, q *http.Request) {
		box := r.box(q.FormValue("who"))
		w.Header().Set("Content-Type", "text/event-stream")
		flush := http.NewResponseController(w)
		_ = flush.Flush()
		for {
			select {
			case said := <-box:
				fmt.Fprintf(w, "data: %s\n\n", said)
				_ = flush.Flush()
			case <-q.Context().Done():
				return
			}
		}
	})
	s := &http.Server{Handler: mux, ReadHeaderTimeout: patience}
	t.Cleanup(func() { _ = s.Close() })
	go func() { _ = s.Serve(l) }()
}

func (r *relay) box(who string) chan []byte {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.boxes[who] == nil {
		r.boxes[who] = make(chan []byte, 256)
	}
	return r.boxes[who]
}

// tell says something to a page.
func (r *relay) tell(who, verb string) {
	b, _ := json.Marshal(map[string]any{verb: true})
	r.box(who) <- b
}

// pageSaid is what a page tells the harness.
type pageSaid struct {
	State, Failed string
	Stats         []struct {
		Type, Kind, MimeType    string
		FrameWidth, FrameHeight int
		FramesPerSecond         float64
	}
}

// hear waits until the page of somebody says what is wanted.
func (r *relay) hear(t *testing.T, who, what string, wanted func(pageSaid) bool) pageSaid {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case b := <-r.box("harness-" + who):
			var said pageSaid
			if err := json.Unmarshal(b, &said); err != nil {
				t.Fatalf("the page of %s says %s: %v", who, b, err)
			}
			if said.Failed != "" {
				t.Fatalf("the page of %s failed: %s", who, said.Failed)
			}
			if wanted(said) {
				return said
			}
		case <-late:
			t.Fatalf("the page of %s never said %s", who, what)
		}
	}
}
