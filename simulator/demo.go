package simulator

// DemoOpenAccount is the open account of both demo apps.
const DemoOpenAccount = "demo"

// DemoApps are the apps of a new or reset [Server]: two mini programs of one
// open account. Their secrets are fixed, published here, and no secrets: hex
// for "fake secret" and a number.
func DemoApps() []App {
	return []App{
		{AppID: "wxdd00000000000001", Secret: "fa4e5ec4e70000000000000000000001", Type: TypeMiniProgram, OpenAccount: DemoOpenAccount},
		{AppID: "wxdd00000000000002", Secret: "fa4e5ec4e70000000000000000000002", Type: TypeMiniProgram, OpenAccount: DemoOpenAccount},
	}
}

// DemoUsers are the names of the people of a new or reset [Server].
func DemoUsers() []string { return []string{"alice", "bob", "carol"} }
