package devices

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
)

const (
	y4mSignature = "YUV4MPEG2"
	y4mMaxLine   = 1024 // of a header
	y4mMaxSide   = 8192
)

// y4mHeader is the first line of a YUV4MPEG2 stream: https://wiki.multimedia.cx/index.php/YUV4MPEG2
type y4mHeader struct {
	width, height int
	rate          float64 // pictures/s
	full          bool    // all 256 levels are used
}

// parseY4M reads the header line, without its line end. Errors name the field.
func parseY4M(line []byte) (y4mHeader, error) {
	h := y4mHeader{rate: 25}
	fields := bytes.Fields(line)
	if len(fields) == 0 || string(fields[0]) != y4mSignature {
		return h, fmt.Errorf("y4m: does not begin with %s", y4mSignature)
	}
	for _, f := range fields[1:] {
		value := string(f[1:])
		var err error
		switch f[0] {
		case 'W':
			h.width, err = y4mSide(value)
		case 'H':
			h.height, err = y4mSide(value)
		case 'F':
			h.rate, err = y4mRate(value)
		case 'C':
			switch value {
			case "420", "420jpeg", "420paldv", "420mpeg2":
			default:
				err = errors.New("only 4:2:0 with 8 bits is supported")
			}
		case 'I':
			if value != "p" && value != "?" {
				err = errors.New("only progressive pictures are supported")
			}
		case 'X':
			h.full = h.full || value == "COLORRANGE=FULL"
		}
		if err != nil {
			return h, fmt.Errorf("y4m: field %q: %w", f, err)
		}
	}
	if h.width == 0 || h.height == 0 {
		return h, errors.New("y4m: field W or H is missing")
	}
	return h, nil
}

func y4mSide(s string) (int, error) {
	v, err := strconv.ParseUint(s, 10, 16)
	if err != nil || v < 2 || v > y4mMaxSide {
		return 0, fmt.Errorf("not a size from 2 to %d", y4mMaxSide)
	}
	return int(v), nil
}

func y4mRate(s string) (float64, error) {
	num, den, _ := strings.Cut(s, ":")
	n, err1 := strconv.ParseUint(num, 10, 32)
	d, err2 := strconv.ParseUint(den, 10, 32)
	if err1 == nil && err2 == nil && n == 0 && d == 0 { // unknown
		return 25, nil
	}
	if err1 != nil || err2 != nil || d == 0 || n < d || n > d*greatestRate {
		return 0, fmt.Errorf("not a rate from 1:1 to %d:1", greatestRate)
	}
	return float64(n) / float64(d), nil
}

// y4mReader reads the pictures of a stream.
type y4mReader struct {
	header y4mHeader
	r      *bufio.Reader
	start  int64 // of the first picture
	frame  *image.YCbCr
}

func newY4M(r io.Reader) (*y4mReader, error) {
	y := &y4mReader{r: bufio.NewReaderSize(r, 1<<16)}
	line, err := y.line()
	if err != nil {
		return nil, err
	}
	if y.header, err = parseY4M(line); err != nil {
		return nil, err
	}
	y.start = int64(len(line)) + 1
	return y, nil
}

// line reads up to a line end, which it leaves out.
func (y *y4mReader) line() ([]byte, error) {
	var line []byte
	for len(line) <= y4mMaxLine {
		b, err := y.r.ReadByte()
		switch {
		case errors.Is(err, io.EOF) && len(line) > 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case b == '\n':
			return line, nil
		}
		line = append(line, b)
	}
	return nil, errors.New("y4m: a header line is too long")
}

// next reads a picture, which is valid until the next call. The end of the stream is io.EOF.
func (y *y4mReader) next() (*image.YCbCr, error) {
	line, err := y.line()
	if err != nil {
		return nil, err
	}
	if string(line) != "FRAME" && !bytes.HasPrefix(line, []byte("FRAME ")) {
		return nil, errors.New("y4m: a picture does not begin with FRAME")
	}
	if y.frame == nil { // only now: the header alone must not cost memory
		y.frame = image.NewYCbCr(image.Rect(0, 0, y.header.width, y.header.height), image.YCbCrSubsampleRatio420)
	}
	for _, plane := range [][]byte{y.frame.Y, y.frame.Cb, y.frame.Cr} {
		if _, err := io.ReadFull(y.r, plane); err != nil {
			return nil, io.ErrUnexpectedEOF
		}
	}
	return y.frame, nil
}

// y4mFilm shows a file over and over.
type y4mFilm struct {
	file   *os.File
	reader *y4mReader
	shrink *[2][256]byte
}

// openY4M opens a file and makes sure that it has a picture.
func openY4M(path string) (film, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	m := &y4mFilm{file: f}
	if m.reader, err = newY4M(f); err == nil {
		if _, err = m.reader.next(); err == nil {
			err = m.rewind()
		}
	}
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	if m.reader.header.full {
		m.shrink = limitedRange()
	}
	return m, nil
}

func (m *y4mFilm) rewind() error {
	if _, err := m.file.Seek(m.reader.start, io.SeekStart); err != nil {
		return err
	}
	m.reader.r.Reset(m.file)
	return nil
}

func (m *y4mFilm) size() image.Point {
	return image.Pt(m.reader.header.width&^1, m.reader.header.height&^1)
}
func (m *y4mFilm) rate() float64 { return m.reader.header.rate }
func (m *y4mFilm) Close() error  { return m.file.Close() }

func (m *y4mFilm) show(dst *image.YCbCr, _ int64, _ time.Time) error {
	img, err := m.reader.next()
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // an unfinished picture at the end is left out
		if err = m.rewind(); err == nil {
			img, err = m.reader.next()
		}
	}
	if err != nil {
		return err
	}
	return copy420(dst, img, m.shrink)
}
