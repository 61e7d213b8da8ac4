package media

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestNewIn(t *testing.T) {
	t.Parallel()
	before := []span{{10, 20}, {30, 40}, {60, 70}}
	for _, c := range []struct {
		now  span
		want []span
	}{
		{span{10, 20}, nil},
		{span{12, 18}, nil},
		{span{20, 30}, []span{{20, 30}}},
		{span{5, 25}, []span{{5, 10}, {20, 25}}}, // joined with its neighbours
		{span{15, 65}, []span{{20, 30}, {40, 60}}},
		{span{80, 90}, []span{{80, 90}}},
	} {
		if got := newIn([]span{c.now}, before); !slices.Equal(got, c.want) {
			t.Errorf("new in %v is %v, want %v", c.now, got, c.want)
		}
	}
}

// fenced reserves memory that nothing can be joined with, and returns what makes it writable but for a page at either end.
func fenced(t *testing.T, pages int) (memory []byte, open func() error) {
	t.Helper()
	page := os.Getpagesize()
	all, err := syscall.Mmap(-1, 0, (pages+2)*page, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(all); err != nil {
			t.Error(err)
		}
	})
	memory = all[page : (pages+1)*page]
	return memory, func() error { return syscall.Mprotect(memory, syscall.PROT_READ|syscall.PROT_WRITE) }
}

// claim makes a mapping look as if malloc had mapped it.
func claim(memory []byte) { binary.NativeEndian.PutUint64(memory[8:], uint64(len(memory))|2) }

func TestOnlyPagesOfZerosAreGivenBack(t *testing.T) {
	const pages = 4321 // as nothing else has
	page := os.Getpagesize()
	_, reserved := fenced(t, pages)
	if got, err := giveBackIdle(pages*page, reserved); got != 0 || err != nil {
		t.Errorf("%d bytes (%v) of what was reserved before", got, err)
	}
	var memory []byte
	got, err := giveBackIdle(pages*page, func() (err error) {
		var open func() error
		memory, open = fenced(t, pages)
		err = open()
		for i := range memory {
			memory[i] = 0 // makes it real
		}
		claim(memory)
		memory[0], memory[7*page+5], memory[len(memory)-1] = 1, 2, 3
		return err
	})
	if want := (pages - 3) * page; got != want || err != nil {
		t.Errorf("%d bytes were given back (%v), want %d", got, err, want)
	}
	if memory[0] != 1 || memory[7*page+5] != 2 || memory[len(memory)-1] != 3 {
		t.Error("what was written is lost")
	}
	if n := len(memory); slices.IndexFunc(memory[8*page:n-page], func(b byte) bool { return b != 0 }) >= 0 {
		t.Error("what was zero is not")
	}

	got, err = giveBackIdle(pages*page, func() error {
		one, open := fenced(t, pages)
		other, openOther := fenced(t, pages)
		if err := errors.Join(open(), openOther()); err != nil {
			return err
		}
		claim(one)
		claim(other)
		return nil
	})
	if got != 0 || err != nil {
		t.Errorf("%d bytes (%v) of one of two blocks", got, err)
	}
	got, err = giveBackIdle(pages*page, func() error {
		_, open := fenced(t, pages)
		return open()
	})
	if got != 0 || err != nil {
		t.Errorf("%d bytes (%v) of what is not malloc's", got, err)
	}
	broken := errors.New("broken")
	if _, err := giveBackIdle(pages*page, func() error { return broken }); !errors.Is(err, broken) {
		t.Errorf("the error is lost: %v", err)
	}
}

// TestEncoderGivesBackWhatItDoesNotUse codes the same pictures in a process of its own, where malloc maps large blocks apart as in Parley.
func TestEncoderGivesBackWhatItDoesNotUse(t *testing.T) {
	const w, h, child = 1280, 720, "PARLEY_TEST_IDLE"
	code := func() (sum uint32, idle int) {
		e := newVideoEncoder(Video{})
		defer e.close()
		img := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio420)
		for n := range 10 {
			for i := range img.Y {
				img.Y[i] = uint8(i*i>>7 + n*i)
			}
			frame, _, err := e.encode(img, time.Duration(n)*40*time.Millisecond, n == 5)
			if err != nil {
				t.Fatal(err)
			}
			sum, idle = crc32.Update(sum, crc32.IEEETable, frame), max(idle, e.idle)
		}
		return sum, idle
	}
	if os.Getenv(child) != "" {
		sum, idle := code()
		fmt.Printf("\nidle %d sum %08x\n", idle, sum)
		return
	}
	t.Parallel()
	c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$")
	c.Env = append(os.Environ(), child+"=1", "GLIBC_TUNABLES=glibc.malloc.mmap_threshold=20971520")
	out, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var idle int
	var sum uint32
	_, line, _ := strings.Cut(string(out), "\nidle ")
	if _, err := fmt.Sscanf(line, "%d sum %x", &idle, &sum); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if least := tokenBytes(w, h) * 9 / 10; idle < least {
		t.Errorf("%d bytes are given back, want at least %d", idle, least)
	}
	if want, _ := code(); sum != want {
		t.Errorf("the coded pictures differ: %08x, want %08x", sum, want)
	}
}
