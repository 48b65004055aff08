package main

import "context"

func (b *bench) growth(context.Context) error { return nil }
