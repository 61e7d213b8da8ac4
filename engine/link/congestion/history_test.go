package congestion

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

func TestHistory(t *testing.T) {
	t.Parallel()
	const small, large, none = rtcp.TypeTCCPacketReceivedSmallDelta, rtcp.TypeTCCPacketReceivedLargeDelta, rtcp.TypeTCCPacketNotReceived
	deltas := func(ms ...int64) (all []*rtcp.RecvDelta) {
		for _, d := range ms {
			all = append(all, &rtcp.RecvDelta{Delta: d * 1000})
		}
		return all
	}
	h := &History{}
	for n := uint16(65530); n != 20; n++ {
		h.Add(n, Packet{Size: int(n)})
	}
	for _, tt := range []struct {
		name     string
		feedback rtcp.TransportLayerCC
		want     []string
	}{
		{"a run", rtcp.TransportLayerCC{BaseSequenceNumber: 65534, PacketStatusCount: 3, ReferenceTime: 1<<24 - 1,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: small, RunLength: 3}}, RecvDeltas: deltas(1, 2, 3)},
			[]string{"65534 after 1ms", "65535 after 3ms", "0 after 6ms"}},
		{"a vector, the reference time wraps", rtcp.TransportLayerCC{BaseSequenceNumber: 1, PacketStatusCount: 4, ReferenceTime: 0,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.StatusVectorChunk{SymbolList: []uint16{small, none, large, none, small, small, small}}},
			RecvDeltas:   deltas(10, 100)},
			[]string{"1 after 74ms", "2 lost", "3 after 174ms", "4 lost"}},
		{"told again, one has come late", rtcp.TransportLayerCC{BaseSequenceNumber: 1, PacketStatusCount: 4, ReferenceTime: 0,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.StatusVectorChunk{SymbolList: []uint16{small, small, large, none}}}, RecvDeltas: deltas(10, 20, 30)},
			[]string{"2 after 94ms"}},
		{"what we never sent", rtcp.TransportLayerCC{BaseSequenceNumber: 30000, PacketStatusCount: 60000,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: none, RunLength: 8000}}}, nil},
		{"deltas are missing", rtcp.TransportLayerCC{BaseSequenceNumber: 5, PacketStatusCount: 3, ReferenceTime: 1,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: small, RunLength: 3}}, RecvDeltas: deltas(1)},
			[]string{"5 after 129ms"}},
	} {
		var got []string
		for _, p := range h.Read(&tt.feedback) {
			if p.Lost {
				got = append(got, fmt.Sprintf("%d lost", p.Size))
			} else {
				got = append(got, fmt.Sprintf("%d after %v", p.Size, p.Arrived-(1<<24-1)*64*time.Millisecond))
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
