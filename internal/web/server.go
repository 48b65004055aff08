package web

import (
	"log/slog"
	"net/http"
	"time"
)

// ServerOptions are the limits of connections; what is 0 takes its default.
type ServerOptions struct {
	// Addr to listen on, for ListenAndServe.
	Addr string
	// ReadHeaderTimeout is for the header, ReadTimeout for the whole request;
	// 5 and 15 seconds.
	ReadHeaderTimeout, ReadTimeout time.Duration
	// WriteTimeout is for handler and answer, from the end of the header on;
	// 30 seconds. A handler that streams moves its own deadline by
	// http.ResponseController.
	WriteTimeout time.Duration
	// IdleTimeout is how long a connection may wait for its next request;
	// 75 seconds.
	IdleTimeout time.Duration
	// MaxHeaderBytes is the size of a header; 16 KiB.
	MaxHeaderBytes int
	// Logger gets what net/http has to say of connections; nil: nothing.
	Logger *slog.Logger
}

// NewServer makes a server that cuts off slow and endless clients. Shutting it
// down is the caller's.
func NewServer(h http.Handler, o ServerOptions) *http.Server {
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &http.Server{
		Addr:              o.Addr,
		Handler:           h,
		ReadHeaderTimeout: orDefault(o.ReadHeaderTimeout, 5*time.Second),
		ReadTimeout:       orDefault(o.ReadTimeout, 15*time.Second),
		WriteTimeout:      orDefault(o.WriteTimeout, 30*time.Second),
		IdleTimeout:       orDefault(o.IdleTimeout, 75*time.Second),
		MaxHeaderBytes:    orDefault(o.MaxHeaderBytes, 16<<10),
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
		// OPTIONS * goes to the handler, so that it too has a request id.
		DisableGeneralOptionsHandler: true,
	}
}

func orDefault[T comparable](v, fallback T) T {
	var zero T
	if v == zero {
		return fallback
	}
	return v
}
