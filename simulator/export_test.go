package simulator

// WireName is the name of a switch over HTTP.
var WireName = snake
