package ctl

import (
	"os"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/parley-calls/parley/engine"
)

// stats is the answer to "stats".
type stats struct {
	ok
	Calls   []engine.CallStats `json:"calls"`
	Process process            `json:"process"`
}

// process are the figures of this program. Those that the system does not tell are 0.
type process struct {
	Goroutines int     `json:"goroutines"`
	Handles    int     `json:"handles"`     // open files, sockets and devices
	RSSMB      int64   `json:"rss_mb"`      // memory in use, in MiB
	CPUPercent float64 `json:"cpu_percent"` // of one core, since the last time it was asked for
}

// meter measures the load of this process from one reading to the next.
type meter struct {
	mu   sync.Mutex
	at   time.Time
	used time.Duration
}

func newMeter() *meter { return &meter{at: time.Now(), used: cpuTime()} }

func (m *meter) read() process {
	p := process{Goroutines: runtime.NumGoroutine(), Handles: openFiles(), RSSMB: residentBytes() >> 20}
	m.mu.Lock()
	defer m.mu.Unlock()
	now, used := time.Now(), cpuTime()
	if wall := now.Sub(m.at); wall > 0 {
		p.CPUPercent = float64(int(1000*float64(used-m.used)/float64(wall))) / 10
	}
	m.at, m.used = now, used
	return p
}

func openFiles() int {
	d, err := os.Open("/proc/self/fd")
	if err != nil {
		return 0
	}
	defer d.Close()
	names, err := d.Readdirnames(-1)
	if err != nil {
		return 0
	}
	return len(names) - 1 // without d
}

func residentBytes() int64 {
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(b))
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseInt(fields[1], 10, 64)
	if err != nil {
		return 0
	}
	return pages * int64(os.Getpagesize())
}
