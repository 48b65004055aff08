package server

import (
	"cmp"
	"context"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/masterkey"
	"github.com/hufu-id/hufu/internal/seal"
	"github.com/hufu-id/hufu/internal/secret"
)

// masterKeySource names where the master key was read, for errors.
func masterKeySource(cfg *config.Config) string {
	return cmp.Or(cfg.MasterKeySource, "the master key")
}

// openMasterKey refuses a master key that does not belong to the database, before
// anything is sealed.
func (s *Server) openMasterKey(ctx context.Context, sealer *seal.Sealer) (*masterkey.Keeper, error) {
	return masterkey.Open(ctx, masterkey.Config{
		Store: s.db, Sealer: sealer, Source: masterKeySource(s.cfg), Every: s.opts.MasterKeyEvery,
		Observe: s.metrics.observeReseal, Now: s.opts.Now, Logger: s.log,
	})
}

// ReplaceMasterKey takes the master key as it is now, and reports whether that
// changed anything. One that does not belong to the database is refused, and
// changes nothing.
func (s *Server) ReplaceMasterKey(ctx context.Context, master secret.String) (changed bool, err error) {
	return s.master.Replace(ctx, master)
}
