package simulator

import (
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"
)

// DefaultSeed is the seed of a [Server] whose Seed is zero: the day mini
// programs were launched.
const DefaultSeed uint64 = 20170109

// Header stands on every answer of the simulator, with the value "1", so that
// nobody takes it for WeChat.
const Header = "X-Hufu-Simulator"

// FaultHeader stands on an answer that a fault of SetFaults spoiled or delayed;
// its value is the journal's word for it. Where the connection was cut there is
// no answer to put it on.
const FaultHeader = Header + "-Fault"

// Server is one simulated platform. The zero value is ready to use. Set the
// fields before the first call of any method and leave them alone afterwards;
// the methods are safe for concurrent use. A Server must not be copied.
type Server struct {
	// Seed decides every openid, unionid, phone number and the dice of the
	// faults: two servers with one seed know the same people. Zero means
	// [DefaultSeed]. Codes, session keys and tokens are random all the same,
	// since a code that came twice would not be a code.
	Seed uint64

	// Now is the real time; nil means time.Now. [Server.Advance] adds to it
	// where ages are measured, never where time is written on the wire.
	Now func() time.Time

	// Logger is told of calls (debug) and of what a developer should look at
	// (warn). No secrets are logged. Nil means silence.
	Logger *slog.Logger

	// Switches decide what the platform's documents leave open.
	Switches Switches

	// AllowedHosts are further Host names under which the simulator may be
	// called, besides loopback ones: "sim", "sim:8081", or "*" for any. An
	// entry without a port admits every port. Needed only when the simulator
	// listens on more than loopback: the check is what keeps a web page from
	// reaching it by DNS rebinding.
	AllowedHosts []string

	once    sync.Once
	log     *slog.Logger
	world   *world
	faults  *faultBook
	journal *journal
	table   map[string][]endpoint
}

// Handler answers WeChat's own paths and the controls. Every call returns a
// handler over the same state.
func (s *Server) Handler() http.Handler {
	s.init()
	return http.HandlerFunc(s.serve)
}

// Reset forgets everything that was added, issued, set or recorded, and puts
// the clock right. The demo apps and people are there again.
func (s *Server) Reset() {
	s.init()
	s.world.reset()
	s.faults.set(nil)
	s.journal.clear()
}

// Advance ages what exists (codes, session keys, tokens, limits) by d, which
// must not be negative. What is stamped on the wire keeps the real time.
func (s *Server) Advance(d time.Duration) error {
	s.init()
	return s.world.advance(d)
}

// Advanced is how far Advance, or the control of that name, has moved the clock.
func (s *Server) Advanced() time.Duration {
	s.init()
	s.world.mu.Lock()
	defer s.world.mu.Unlock()
	return s.world.offset
}

// Close ends the event streams of the journal, so that an http.Server can shut
// down. The rest goes on working. It never fails.
func (s *Server) Close() error {
	s.init()
	s.journal.close()
	return nil
}

func (s *Server) init() {
	s.once.Do(func() {
		seed, now := s.Seed, s.Now
		if seed == 0 {
			seed = DefaultSeed
		}
		if now == nil {
			now = time.Now
		}
		s.log = s.Logger
		if s.log == nil {
			s.log = slog.New(slog.DiscardHandler)
		}
		s.world = newWorld(seed, now, s.Switches)
		s.faults = newFaultBook(seed)
		s.journal = newJournal(journalSize)
		s.table = make(map[string][]endpoint)
		for _, e := range endpoints() {
			s.table[e.Path] = append(s.table[e.Path], e)
		}
	})
}

// Errors of the controls. Each is wrapped with what was asked for.
var (
	// ErrUnknownApp: no such appid was registered.
	ErrUnknownApp = errors.New("unknown app")
	// ErrUnknownUser: no person has this name or id.
	ErrUnknownUser = errors.New("unknown user")
	// ErrNoSession: the person has no living session key in this app, and a
	// client API that seals data needs one: call Login first.
	ErrNoSession = errors.New("no session: call wx.login first")
	// ErrInvalid: an argument is malformed.
	ErrInvalid = errors.New("invalid argument")
)
