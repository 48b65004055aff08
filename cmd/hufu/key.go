package main

type keyCommands struct {
	Create keyCreateCommand `cmd:"" help:"Make an API key for a service of yours."`
	List   keyListCommand   `cmd:"" help:"List the API keys, without the keys themselves."`
	Revoke keyRevokeCommand `cmd:"" help:"Revoke an API key."`
	Master masterCommand    `cmd:"" help:"Make a master key, replace its key, or list its keys."`
	Rotate rotateCommand    `cmd:"" help:"Replace an API key; without an ID, the keys that sign tokens."`
}
