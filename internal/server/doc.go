// Package server is the composition root: it makes the domains of a Config,
// puts their routes on the listeners, and starts and stops what runs behind
// them. No other package knows all domains.
package server
