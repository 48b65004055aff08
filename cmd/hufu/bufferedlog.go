package main

import (
	"bufio"
	"io"
	"sync"
	"time"
)

// bufferedLog saves a system call for each line: it writes when its buffer is
// full, or a moment after the last line.
type bufferedLog struct {
	mu    sync.Mutex
	to    io.Writer
	out   *bufio.Writer
	timer *time.Timer
	armed bool
}

const (
	logBuffer = 64 << 10
	logDelay  = 100 * time.Millisecond
)

func newBufferedLog(w io.Writer) *bufferedLog {
	b := &bufferedLog{to: w, out: bufio.NewWriterSize(w, logBuffer)}
	b.timer = time.AfterFunc(time.Hour, b.flush)
	b.timer.Stop()
	return b
}

// Write implements io.Writer; each call is one line.
func (b *bufferedLog) Write(line []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.armed {
		b.armed = true
		b.timer.Reset(logDelay)
	}
	n, err := b.out.Write(line)
	if err != nil {
		b.out.Reset(b.to) // a full disk may have room again for the next line
	}
	return n, err
}

func (b *bufferedLog) flush() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.armed = false
	if b.out.Flush() != nil {
		b.out.Reset(b.to) // nobody is left to tell; the next line may get through
	}
}

// Close writes what is left.
func (b *bufferedLog) Close() {
	b.timer.Stop()
	b.flush()
}
