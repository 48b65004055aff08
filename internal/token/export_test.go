package token

// RawSignature is tested with signatures that crypto/ecdsa would never make.
var RawSignature = rawSignature

// Forget empties the memory of tokens whose signature was checked.
func (v *Verifier) Forget() { v.checked.Purge() }
