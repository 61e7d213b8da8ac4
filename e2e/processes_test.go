//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ticks is what the kernel counts time of processes in, per second (USER_HZ is fixed for programs).
const ticks = 100

// family lists a process and all its descendants.
func family(root int) []int {
	children := make(map[int][]int)
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		if pid, f := stat(path); len(f) > 1 {
			parent, _ := strconv.Atoi(f[1])
			children[parent] = append(children[parent], pid)
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// stat reads a stat file of a process or thread: its ID, and the fields from the state on.
func stat(path string) (id int, fields []string) {
	b, err := os.ReadFile(path)
	if err != nil {
		return 0, nil // it ended
	}
	end := bytes.LastIndexByte(b, ')')
	id, _ = strconv.Atoi(string(b[:max(0, bytes.IndexByte(b, ' '))]))
	return id, strings.Fields(string(b[end+1:]))
}

// busy is the processor time in a stat file, and the name there.
func busy(path string) (spent time.Duration, name string) {
	b, _ := os.ReadFile(path)
	from, to := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if from < 0 {
		return 0, ""
	}
	f := strings.Fields(string(b[to+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * time.Second / ticks, string(b[from+1 : to])
}

// work is processor time of one side by process, and of that what drew in place of a graphics card: threads of llvmpipe, or a
// browser's process for it.
type work struct{ all, drawing map[int]time.Duration }

func workOf(root int) work {
	w := work{make(map[int]time.Duration), make(map[int]time.Duration)}
	for _, pid := range family(root) {
		w.all[pid], _ = busy(fmt.Sprintf("/proc/%d/stat", pid))
		command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if bytes.Contains(command, []byte("--type=gpu-process")) {
			w.drawing[pid] = w.all[pid]
			continue
		}
		threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/stat", pid))
		for _, path := range threads {
			if spent, name := busy(path); strings.HasPrefix(name, "llvmpipe") {
				w.drawing[pid] += spent
			}
		}
	}
	return w
}

// since is the part of a core that was in use after an earlier count: in all, and for drawing in place of a graphics card. What
// processes did that ended in between is left out.
func (w work) since(before work, passed time.Duration) (all, drawing float64) {
	for pid := range w.all {
		all += (w.all[pid] - before.all[pid]).Seconds()
		drawing += (w.drawing[pid] - before.drawing[pid]).Seconds()
	}
	return 100 * all / passed.Seconds(), 100 * drawing / passed.Seconds()
}

// memory is the proportional set size of a process and its descendants, in MiB, and how many they are.
func memory(root int) (mib float64, processes int) {
	for _, pid := range family(root) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
				kb, _ := strconv.ParseFloat(strings.Fields(rest)[0], 64)
				mib += kb / 1024
				processes++
			}
		}
	}
	return mib, processes
}
