package server

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/nats-io/jwt/v2"
	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"

	"github.com/parley-calls/parley/engine/signal"
)

// closedSubject is where NATS servers, all those of a cluster, tell that a connection to an account has closed: within
// milliseconds of a crash, and after the third silent ping of one that is frozen or cut off.
func closedSubject(account string) string { return "$SYS.ACCOUNT." + account + ".DISCONNECT" }

// observe passes on which lines of whom have closed. It needs a user of the system account, who may do nothing else.
func (r *realm) observe(ns *natsserver.Server, closed func(signal.UserID, signal.LineID), log *slog.Logger) (*nats.Conn, error) {
	nc, err := r.observer.connect(ns, log)
	if err != nil {
		return nil, err
	}
	_, err = nc.Subscribe(closedSubject(r.appID), func(m *nats.Msg) {
		u, line, err := closedLine(m.Data)
		if err != nil {
			log.Debug("a connection closed that is no app's", "err", err)
			return
		}
		closed(u, line)
	})
	if err == nil {
		err = nc.Flush()
	}
	if err != nil {
		nc.Close()
		return nil, fmt.Errorf("server: observe connections: %w", err)
	}
	return nc, nil
}

// closedLine reads whose line has closed. The user is the one in the token that the server has checked: all else that the event
// tells about a client, its name above all, is the client's own claim. The line is the server's own count.
func closedLine(event []byte) (signal.UserID, signal.LineID, error) {
	var e natsserver.DisconnectEventMsg
	if err := json.Unmarshal(event, &e); err != nil {
		return "", "", fmt.Errorf("server: disconnect event: %w", err)
	}
	claims, err := jwt.DecodeUserClaims(e.Client.Jwt)
	if err != nil {
		return "", "", fmt.Errorf("server: disconnect event: token: %w", err)
	}
	u, err := signal.ParseUserToken(claims.Name)
	if err != nil {
		return "", "", fmt.Errorf("server: disconnect event: %w", err)
	}
	return u, signal.LineOf(e.Server.ID, e.Client.ID), nil
}
