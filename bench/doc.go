// Command bench measures what a login costs, as ratios to what it could cost at
// the least: a bare net/http handler that does nothing but call jscode2session.
//
//	go run ./bench            about four minutes
//	go run ./bench -quick     about one minute
//	go run ./bench -only '^login-64$' -profile DIR
//	go run ./bench -growth    also 10 thousand against 1 million identities
//
// Server, floors, stub and load generator are processes that share two cores,
// so a rate alone says little, and a ratio holds only against a floor that was
// measured at the same time. Hence short slices of load, in turn over all
// variants; slices of which a hypervisor took more than 5 % are thrown away; a
// ratio is that to the floor's slices just before and after; a figure is the
// median over the slices. CPU is that of the process's own clock.
//
// docs/benchmarks.md tells how to read what it prints.
package main
