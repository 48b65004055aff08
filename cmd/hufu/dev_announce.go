package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/hufu-id/hufu/internal/server"
	"github.com/hufu-id/hufu/simulator"
)

// announce tells what there is and what to try, the page first: that is what
// most come for.
func (c *devCommand) announce(p *program, s *server.Server, sim net.Listener, made []string) {
	base := "http://" + browsable(s.Addr())
	fmt.Fprintf(p.stdout, "hufu %s\n\n  open %s/\n\n", version(), base)
	if len(made) > 0 {
		fmt.Fprintf(p.stdout, "  made       %s\n", strings.Join(made, ", "))
	}
	fmt.Fprintf(p.stdout, "  server     %s\n", base)
	if c.MiniProgram != "" {
		fmt.Fprintf(p.stdout, "  program    %s, compiled anew whenever a file of it changes\n", c.MiniProgram)
	}
	if sim == nil {
		fmt.Fprintf(p.stdout, "  WeChat     the real one, for %s\n  data       %s\n\nCtrl-C stops.\n", c.AppID, c.Data)
		return
	}
	simBase := "http://" + browsable(sim.Addr().String())
	fmt.Fprintf(p.stdout, "  simulator  %s  (it is not WeChat: anybody can log in as anybody)\n  data       %s\n", simBase, c.Data)
	fmt.Fprintf(p.stdout, "  apps       %s, %s\n  people     %s\n\nTry:\n", simulator.DemoApps()[0].AppID, simulator.DemoApps()[1].AppID, strings.Join(simulator.DemoUsers(), ", "))
	fmt.Fprintf(p.stdout, "  go run ./cmd/hufu login --server %s --sim %s --user alice\n", base, simBase)
	fmt.Fprintf(p.stdout, "  curl -s %s/sim/v1/wx/login -H 'Content-Type: application/json' -d '{\"appid\":\"wxdd00000000000001\",\"user\":\"bob\"}'\n", simBase)
	fmt.Fprintf(p.stdout, "  curl -s %s/v1/login -H 'Content-Type: application/json' -d '{\"appid\":\"wxdd00000000000001\",\"code\":\"<the code>\"}'\n", base)
	fmt.Fprintf(p.stdout, "\nThe API is explained at %s/docs. Ctrl-C stops.\n", base)
}
