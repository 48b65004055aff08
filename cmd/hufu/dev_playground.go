package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/hufu-id/hufu/internal/config"
	"github.com/hufu-id/hufu/internal/playground"
	"github.com/hufu-id/hufu/internal/server"
	page "github.com/hufu-id/hufu/playground"
	"github.com/hufu-id/hufu/simulator"
)

// clockName is where in the data folder the clock's offset is kept: what is
// stored beside it was stamped by that clock.
const clockName = "clock.json"

// playgroundConfig is what the playground of this run is made of. sim is nil
// where WeChat is real. server tells the server, which is made later.
func (c *devCommand) playgroundConfig(cfg *config.Config, clock *playground.Clock, sim *simulator.Server, made func() *server.Server) playground.Config {
	out := playground.Config{
		Assets: page.Assets(), Version: version(), BaseURL: cfg.PublicURL, Domains: c.AllowDomain, Expose: c.Expose,
		Clock:      clock,
		EndSession: func(ctx context.Context, session string) error { return made().EndSession(ctx, session) },
	}
	for i, a := range cfg.Apps {
		name := string(a.ID)
		if sim != nil {
			name = fmt.Sprintf("Demo %d", i+1)
		}
		out.Apps = append(out.Apps, playground.App{AppID: string(a.ID), Name: name})
		out.Secrets = append(out.Secrets, a.Secret)
	}
	if sim != nil {
		out.SimulatorURL, out.FaultHeader = cfg.WeChatBaseURL, simulator.FaultHeader
		out.WeChatAdvance, out.WeChatAdvanced = sim.Advance, sim.Advanced
		out.People = simulator.DemoUsers()
	}
	return out
}

// startCompiler compiles the developer's own mini program; nil if there is none.
func (c *devCommand) startCompiler(p *program) (*playground.Compiler, error) {
	if c.MiniProgram == "" {
		return nil, nil // the example needs no compiler
	}
	source, err := fs.ReadFile(page.Assets(), "compiler.mjs")
	if err != nil {
		return nil, errors.New("--miniprogram: this hufu was made from a checkout without the built compiler: npm ci && npm run build, then build hufu again")
	}
	dir, err := filepath.Abs(c.MiniProgram)
	if err != nil {
		return nil, fmt.Errorf("--miniprogram: %w", err)
	}
	return playground.StartCompiler(p.ctx, playground.CompilerConfig{
		Source: source, Dir: dir, Env: p.environ,
		Tell: func(b playground.Build) {
			switch {
			case p.ctx.Err() != nil: // Ctrl-C reaches the compiler too
			case b.Error != nil:
				fmt.Fprintf(p.stderr, "%s  %s does not compile:\n%s\n", time.Now().Format(time.TimeOnly), c.MiniProgram, *b.Error)
			default:
				for _, warning := range b.Warnings {
					fmt.Fprintf(p.stderr, "%s  %s\n", time.Now().Format(time.TimeOnly), warning)
				}
			}
		},
	})
}
