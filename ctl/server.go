package ctl

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Bounds of the server.
const (
	maxConnections = 16
	answerTime     = 30 * time.Second // an action of the app takes at most
	writeTime      = 2 * time.Second  // a client that does not read is let go after
)

// Server serves the control socket of a profile.
type Server struct {
	control  Control
	log      *slog.Logger
	listener net.Listener
	process  func() process
	cancel   context.CancelFunc
	done     sync.WaitGroup

	mu    sync.Mutex
	conns map[net.Conn]struct{} // nil after Close
}

// Serve listens on path, see [SocketPath], until ctx ends or Close is called. The caller must hold the profile's lock: a socket
// that a dead app left there is removed. A nil log discards.
func Serve(ctx context.Context, path string, c Control, log *slog.Logger) (*Server, error) {
	l, err := listen(path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &Server{control: c, log: log, listener: l, process: newMeter().read, cancel: cancel, conns: make(map[net.Conn]struct{})}
	context.AfterFunc(ctx, s.hangUp)
	s.done.Go(func() { s.accept(ctx) })
	return s, nil
}

// Close stops listening, removes the socket, ends every connection and waits for all goroutines. It is idempotent.
func (s *Server) Close() error {
	s.cancel()
	s.hangUp()
	s.done.Wait()
	return nil
}

// hangUp wakes every goroutine that waits for a client; answers that are under way still go out.
func (s *Server) hangUp() {
	s.listener.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.SetReadDeadline(time.Now())
	}
	s.conns = nil
}

func (s *Server) accept(ctx context.Context) {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			if ctx.Err() != nil || errors.Is(err, net.ErrClosed) {
				return
			}
			s.log.Warn("control socket", "error", err)
			select { // out of file handles, most likely
			case <-time.After(100 * time.Millisecond):
				continue
			case <-ctx.Done():
				return
			}
		}
		s.admit(ctx, c)
	}
}

// admit serves a new connection, or turns it away.
func (s *Server) admit(ctx context.Context, c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.conns == nil:
		c.Close()
		return
	case len(s.conns) >= maxConnections:
		// A fresh socket's buffer takes the one line without waiting.
		_ = write(c, refusal(&failure{codeTooMany, "too many connections", "Close one; 16 are allowed."}))
		c.Close()
		return
	}
	s.conns[c] = struct{}{}
	s.done.Go(func() {
		s.serve(ctx, c)
		c.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	})
}

// serve answers the lines of one client, one after the other.
func (s *Server) serve(ctx context.Context, c net.Conn) {
	r := bufio.NewReaderSize(c, maxLine)
	for ctx.Err() == nil {
		line, err := r.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			_ = write(c, refusal(&failure{codeTooLong, fmt.Sprintf("a line has at most %d bytes", maxLine), "Send less."}))
			return
		}
		if line = bytes.TrimSpace(line); len(line) > 0 && (err == nil || errors.Is(err, io.EOF)) {
			if !s.handle(ctx, c, r, line) {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

// handle answers one line and reports whether the connection goes on.
func (s *Server) handle(ctx context.Context, c net.Conn, r io.Reader, line []byte) bool {
	req, v, err := decode(line)
	if err != nil {
		return write(c, refusal(err)) == nil
	}
	if v.streams {
		s.watch(ctx, c, r, req.All)
		return false
	}
	acting, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	answer, err := v.serve(acting, s, req)
	if err != nil {
		s.log.Debug("control refused", "do", v.name, "error", err)
		answer = refusal(err)
	}
	err = write(c, answer)
	if v.name == "quit" {
		s.control.Quit()
	}
	return err == nil
}

// watch writes events until the client goes away or the server closes.
func (s *Server) watch(ctx context.Context, c net.Conn, r io.Reader, all bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	s.done.Go(func() {
		defer cancel()
		_, _ = io.Copy(io.Discard, r) // a watcher has nothing more to say
	})
	q := newQueue(all)
	stop := s.control.Subscribe(q.put)
	defer stop()
	first := newStatus(s.control)
	err := write(c, event{Event: watchStarted, At: time.Now(), Status: &first})
	for err == nil {
		select {
		case e := <-q.events:
			if n := q.dropped.Swap(0); n > 0 {
				err = write(c, event{Event: eventsDropped, At: e.At, Count: n})
			}
			if err == nil {
				err = write(c, newEvent(e))
			}
		case <-ctx.Done():
			return
		}
	}
}

// refused is the answer to a request that failed.
type refused struct {
	OK    bool     `json:"ok"`
	Error *failure `json:"error"`
}

func refusal(err error) refused { return refused{Error: explain(err)} }

// write sends v as one line of JSON.
func write(c net.Conn, v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return err
	}
	if err := c.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return err
	}
	_, err := c.Write(b.Bytes())
	return err
}
