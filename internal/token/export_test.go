package token

// RawSignature is tested with signatures that crypto/ecdsa would never make.
var RawSignature = rawSignature
