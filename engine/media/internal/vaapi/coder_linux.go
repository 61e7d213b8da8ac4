package vaapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// endTime is how long a process may take to end by itself.
const endTime = 2 * time.Second

// Coder codes pictures in a process of its own. After an error it is only good for [Coder.Close].
type Coder struct {
	driver  string
	most    time.Duration // for an answer
	process *os.Process
	ended   chan struct{}
	orders  *os.File
	answers *os.File
	kill    *time.Timer
	close   sync.Once

	memory []byte // this and the following are for the goroutine that codes
	order  [orderSize]byte
	answer [answerSize]byte
}

// Start begins the process, of which the command has to call [Serve], with the graphics card of a node such as /dev/dri/renderD128. It
// returns when the driver is ready to code pictures, of which none may take longer than most. ctx is for the beginning only.
func Start(ctx context.Context, node string, most time.Duration, command []string, env ...string) (*Coder, error) {
	card, err := os.OpenFile(node, os.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	defer card.Close()
	fd, err := unix.MemfdCreate("parley-pictures", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("vaapi: memory: %w", err)
	}
	shared := os.NewFile(uintptr(fd), "pictures")
	defer shared.Close()
	if err := shared.Truncate(memoryRoom); err != nil {
		return nil, fmt.Errorf("vaapi: memory: %w", err)
	}
	theirOrders, orders, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirOrders.Close()
	answers, theirAnswers, err := os.Pipe()
	if err != nil {
		return nil, errors.Join(err, orders.Close())
	}
	defer theirAnswers.Close()

	c := exec.CommandContext(context.WithoutCancel(ctx), command[0], command[1:]...)
	c.Env = append(os.Environ(), env...)
	c.ExtraFiles = []*os.File{theirOrders, theirAnswers, shared, card} // as [Serve] expects them
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}                // what interrupts the program in a terminal is not meant for it
	memory, err := unix.Mmap(fd, 0, memoryRoom, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		if memory != nil {
			_ = unix.Munmap(memory)
		}
		return nil, errors.Join(fmt.Errorf("vaapi: %w", err), orders.Close(), answers.Close())
	}
	out := &Coder{most: most, process: c.Process, ended: make(chan struct{}), orders: orders, answers: answers, memory: memory}
	out.kill = time.AfterFunc(math.MaxInt64, func() { _ = c.Process.Kill() })
	go func() {
		defer close(out.ended)
		defer out.kill.Stop()
		_ = c.Wait()
	}()
	stop := context.AfterFunc(ctx, func() { _ = answers.SetReadDeadline(time.Unix(1, 0)) })
	hello, err := out.hear()
	out.driver = string(hello.Data)
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		_ = c.Process.Kill()
		out.Close()
		return nil, err
	}
	return out, nil
}

// Driver is how the driver names itself and the graphics card.
func (c *Coder) Driver() string { return c.driver }

// Encode codes a picture.
func (c *Coder) Encode(p *Picture) (Frame, error) {
	if !p.fits() || p.FrameRate < 1 || p.FrameRate > 255 || p.BitRate < 1 {
		return Frame{}, errPicture
	}
	p.pack(c.memory)
	putOrder(&c.order, p)
	if err := c.answers.SetReadDeadline(time.Now().Add(c.most)); err != nil {
		return Frame{}, err
	}
	if _, err := c.orders.Write(c.order[:]); err != nil {
		return Frame{}, c.lost(err)
	}
	return c.hear()
}

func (c *Coder) hear() (Frame, error) {
	if _, err := io.ReadFull(c.answers, c.answer[:]); err != nil {
		return Frame{}, c.lost(err)
	}
	return answer(&c.answer, c.memory)
}

// lost says what became of the process in words.
func (c *Coder) lost(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		_ = c.process.Kill() // nothing else ends it
		return errors.New("the driver hangs")
	}
	return errors.New("the driver crashed")
}

// Close lets the process end, and ends it if it does not. It does not wait for that; it may be called again.
func (c *Coder) Close() {
	c.close.Do(func() {
		_ = c.orders.Close()
		_ = c.answers.Close()
		_ = unix.Munmap(c.memory)
		c.kill.Reset(endTime)
	})
}

// Ended is closed when the process has ended after [Coder.Close], or by itself.
func (c *Coder) Ended() <-chan struct{} { return c.ended }
