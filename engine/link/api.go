package link

import (
	"fmt"
	"log/slog"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/interceptor/pkg/cc"
	"github.com/pion/interceptor/pkg/nack"
	"github.com/pion/interceptor/pkg/report"
	"github.com/pion/interceptor/pkg/stats"
	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/logging"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// Payload types are fixed, so that every member's stream can be forwarded as it is.
const (
	payloadOpus = 111
	payloadRED  = 63
	payloadVP8  = 96
	payloadRTX  = 97 // of VP8
	payloadVP9  = 98
	payloadRTX9 = 99 // of VP9
)

// packetSize bounds an outgoing RTP packet before extensions, SRTP and a relay add their part, in bytes.
const packetSize = 1200

// receiveSize bounds an incoming packet, in bytes.
const receiveSize = 1600

// Times of ICE (RFC 8445). Pion's defaults leave a dead path unnoticed for five seconds.
const (
	iceDisconnected = 1500 * time.Millisecond // three missed signs of life
	iceFailed       = 8 * time.Second
	iceKeepAlive    = 400 * time.Millisecond
	relayWait       = 400 * time.Millisecond // how long a direct path may still come before a relay is taken
)

// dtlsResend is when a DTLS flight is sent again. Pion waits a second, by which a single loss would delay the start.
const dtlsResend = 200 * time.Millisecond

var (
	opusCodec = webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1;usedtx=1",
		RTCPFeedback: []webrtc.RTCPFeedback{{Type: webrtc.TypeRTCPFBTransportCC}},
	}
	// Sound travels as blocks of Opus (RFC 2198), so that a packet can carry again what was in the ones before.
	redCodec = webrtc.RTPCodecCapability{
		MimeType: "audio/red", ClockRate: 48000, Channels: 2, SDPFmtpLine: "111/111", RTCPFeedback: opusCodec.RTCPFeedback,
	}
	vp8Codec = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: pictureFeedback}
	vp9Codec = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP9, ClockRate: 90000, SDPFmtpLine: "profile-id=0", RTCPFeedback: pictureFeedback}

	pictureFeedback = []webrtc.RTCPFeedback{
		{Type: webrtc.TypeRTCPFBNACK},
		{Type: webrtc.TypeRTCPFBNACK, Parameter: "pli"},
		{Type: webrtc.TypeRTCPFBCCM, Parameter: "fir"},
		{Type: webrtc.TypeRTCPFBTransportCC},
	}
)

// codecs returns what a kind is coded with, the one that is sent first.
func (k Kind) codecs() []webrtc.RTPCodecParameters {
	repaired := func(c webrtc.RTPCodecCapability, payload, rtx webrtc.PayloadType) []webrtc.RTPCodecParameters {
		repair := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeRTX, ClockRate: c.ClockRate, SDPFmtpLine: fmt.Sprintf("apt=%d", payload)}
		return []webrtc.RTPCodecParameters{{RTPCodecCapability: c, PayloadType: payload}, {RTPCodecCapability: repair, PayloadType: rtx}}
	}
	switch k {
	case Camera:
		return repaired(vp8Codec, payloadVP8, payloadRTX)
	case Screen:
		return repaired(vp9Codec, payloadVP9, payloadRTX9)
	default:
		return []webrtc.RTPCodecParameters{
			{RTPCodecCapability: redCodec, PayloadType: payloadRED}, {RTPCodecCapability: opusCodec, PayloadType: payloadOpus},
		}
	}
}

// codec returns what a kind is sent as.
func (k Kind) codec() webrtc.RTPCodecCapability { return k.codecs()[0].RTPCodecCapability }

// gauges are what the interceptors of one peer connection measure.
type gauges struct {
	*estimator
	streams stats.Getter
}

// newPeerConnection makes a peer connection with our codecs, interceptors and times. An API serves one connection only, for
// that is how its interceptors are told apart. The caller closes both connection and pacer.
func newPeerConnection(o *Options, servers []webrtc.ICEServer, log *slog.Logger) (*webrtc.PeerConnection, *gauges, error) {
	loggers := pionLogger{log}
	media, err := newMediaEngine()
	if err != nil {
		return nil, nil, err
	}
	g := &gauges{estimator: newEstimator()}
	registry, err := newInterceptors(g, loggers)
	if err != nil {
		g.pacer.stop()
		return nil, nil, err
	}
	api := webrtc.NewAPI(webrtc.WithMediaEngine(media), webrtc.WithInterceptorRegistry(registry),
		webrtc.WithSettingEngine(newSettings(o, loggers)))
	pc, err := api.NewPeerConnection(webrtc.Configuration{ICEServers: servers})
	if err != nil {
		g.pacer.stop()
		return nil, nil, err
	}
	return pc, g, nil
}

// checkServers turns servers into pion's form, or says what is wrong with them.
func checkServers(servers []ICEServer) ([]webrtc.ICEServer, error) {
	checked := make([]webrtc.ICEServer, len(servers))
	for i, s := range servers {
		checked[i] = webrtc.ICEServer{URLs: s.URLs, Username: s.Username, Credential: s.Credential}
	}
	if _, err := webrtc.NewAPI().NewICEGatherer(webrtc.ICEGatherOptions{ICEServers: checked}); err != nil {
		return nil, fmt.Errorf("link: ICE servers: %w", err)
	}
	return checked, nil
}

func newMediaEngine() (*webrtc.MediaEngine, error) {
	media := &webrtc.MediaEngine{}
	for _, k := range []Kind{Voice, Camera, Screen} {
		kind := webrtc.RTPCodecTypeVideo
		if k.sound() {
			kind = webrtc.RTPCodecTypeAudio
		}
		for _, c := range k.codecs() {
			if err := media.RegisterCodec(c, kind); err != nil {
				return nil, err
			}
		}
	}
	for _, kind := range []webrtc.RTPCodecType{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo} {
		if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.TransportCCURI}, kind); err != nil {
			return nil, err
		}
	}
	return media, nil
}

// newInterceptors builds the chain, from the network outwards. An outgoing packet passes it from the last to the first: it is
// kept for retransmission, paced, numbered and timed for feedback, counted. Retransmissions thus get feedback numbers of their
// own and count towards the estimate. Feedback names a stream that the other end listens to (see [anchor]). What came in damaged is asked
// for by [repair].
func newInterceptors(g *gauges, loggers logging.LoggerFactory) (*interceptor.Registry, error) {
	registry := &interceptor.Registry{}

	counters, err := stats.NewInterceptor(stats.WithLoggerFactory(loggers))
	if err != nil {
		return nil, err
	}
	counters.OnNewPeerConnection(func(_ string, s stats.Getter) { g.streams = s })
	registry.Add(counters)

	senders, err := report.NewSenderInterceptor(report.WithSenderLoggerFactory(loggers))
	if err != nil {
		return nil, err
	}
	registry.Add(senders)
	receivers, err := report.NewReceiverInterceptor(report.WithReceiverLoggerFactory(loggers))
	if err != nil {
		return nil, err
	}
	registry.Add(receivers)

	congestion, err := cc.NewInterceptor(func() (cc.BandwidthEstimator, error) { return g.estimator, nil })
	if err != nil {
		return nil, err
	}
	registry.Add(congestion)

	resender, err := nack.NewResponderInterceptor(nack.WithResponderLoggerFactory(loggers))
	if err != nil {
		return nil, err
	}
	registry.Add(resender)
	registry.Add(&anchor{})
	feedback, err := twcc.NewSenderInterceptor(twcc.WithLoggerFactory(loggers))
	if err != nil {
		return nil, err
	}
	registry.Add(feedback)
	return registry, nil
}

func newSettings(o *Options, loggers logging.LoggerFactory) webrtc.SettingEngine {
	var s webrtc.SettingEngine
	s.LoggerFactory = loggers
	s.SetICETimeouts(iceDisconnected, iceFailed, iceKeepAlive)
	s.SetHostAcceptanceMinWait(0)
	s.SetSrflxAcceptanceMinWait(0)
	s.SetPrflxAcceptanceMinWait(0)
	s.SetRelayAcceptanceMinWait(relayWait)
	s.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	s.SetIncludeLoopbackCandidate(o.Loopback)
	s.SetDTLSRetransmissionInterval(dtlsResend)
	s.SetDTLSInsecureSkipHelloVerify(true) // the cookie proves an address (RFC 6347 section 4.2.1), which ICE has done; it costs a round trip
	s.SetReceiveMTU(receiveSize)
	if o.Net != nil {
		s.SetNet(o.Net)
	}
	return s
}
