package playground

import "time"

// EndWithin has Close wait so long for the compiler to end by itself.
func (c *Compiler) EndWithin(grace time.Duration) { c.grace = grace }
