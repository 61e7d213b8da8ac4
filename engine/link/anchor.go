package link

import (
	"strings"
	"sync/atomic"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// anchor makes feedback on congestion name a stream whose RTCP the other end reads. Pion names that of the newest packet, and drops
// what it gets about retransmissions: after each probe, and each repair, feedback was lost.
type anchor struct {
	interceptor.NoOp
	ssrc atomic.Uint32 // of the first stream that is not of retransmissions
}

// NewInterceptor is of the registry of one connection.
func (a *anchor) NewInterceptor(string) (interceptor.Interceptor, error) { return a, nil }

// BindRemoteStream notes a stream.
func (a *anchor) BindRemoteStream(info *interceptor.StreamInfo, r interceptor.RTPReader) interceptor.RTPReader {
	if !strings.EqualFold(info.MimeType, webrtc.MimeTypeRTX) {
		a.ssrc.CompareAndSwap(0, info.SSRC)
	}
	return r
}

// BindRTCPWriter changes what feedback names.
func (a *anchor) BindRTCPWriter(w interceptor.RTCPWriter) interceptor.RTCPWriter {
	return interceptor.RTCPWriterFunc(func(packets []rtcp.Packet, attributes interceptor.Attributes) (int, error) {
		for _, p := range packets {
			if f, ok := p.(*rtcp.TransportLayerCC); ok {
				if ssrc := a.ssrc.Load(); ssrc != 0 {
					f.MediaSSRC = ssrc
				}
			}
		}
		return w.Write(packets, attributes)
	})
}
