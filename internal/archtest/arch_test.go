package archtest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestImports(t *testing.T) {
	t.Parallel()
	for _, fault := range check(readTree(t), rules, modules) {
		t.Error(fault)
	}
}

// TestRules/… breaks each rule once: a check that finds nothing proves nothing.
func TestRules(t *testing.T) {
	t.Parallel()
	file := func(pkg string, test bool, imports ...string) source {
		name := pkg + "/x.go"
		if test {
			name = pkg + "/x_test.go"
		}
		return source{pkg: pkg, name: name, test: test, imports: imports}
	}
	const m = modulePath + "/"
	list := []rule{
		{pkg: "leaf", standardOnly: true, why: "reason-leaf"},
		{pkg: "top", may: []string{"leaf"}, why: "reason-top"},
		{pkg: "alone", standardOnly: true, selfContained: true, why: "reason-alone"},
		{pkg: "helper", testSupport: true, why: "reason-helper"},
		{pkg: "tools/...", may: []string{"leaf"}, why: "reason-tools"},
		{pkg: "planned", later: true, why: "reason-planned"},
	}
	mods := []module{{"example.com/db", []string{"top"}, "reason-db"}}
	all := []source{
		file("leaf", false, "strings"), file("top", false, m+"leaf", "example.com/db/v2"),
		file("alone", false), file("helper", false, "testing"), file("tools/one", false, m+"leaf"),
	}
	for name, c := range map[string]struct {
		add  source
		drop string
		want string // empty: no fault
	}{
		"Clean":                       {},
		"Upwards":                     {add: file("leaf", false, m+"top"), want: "leaf/x.go imports top: reason-leaf"},
		"LeafWithModule":              {add: file("leaf", false, "example.com/db"), want: "leaf/x.go imports example.com/db: reason-leaf"},
		"ModuleInAnotherPlace":        {add: file("helper", false, "example.com/db"), want: "helper/x.go imports example.com/db, which is for top: reason-db"},
		"ModuleWithoutRule":           {add: file("top", false, "example.com/other"), want: "top/x.go imports example.com/other: no rule names that module"},
		"ModuleWithSimilarName":       {add: file("top", false, "example.com/dbx"), want: "top/x.go imports example.com/dbx: no rule names that module"},
		"ModuleNotUsed":               {drop: "top", want: "a rule names the module example.com/db, which no production code imports"},
		"PackageWithoutRule":          {add: file("new", false), want: "no rule names the package new"},
		"RuleWithoutPackage":          {drop: "alone", want: "a rule names the package alone, which does not exist"},
		"PatternWithoutPackage":       {drop: "tools/one", want: "a rule names the package tools/..., which does not exist"},
		"PlannedPackageHere":          {add: file("planned", false), want: "the package planned is here: drop later from its rule"},
		"TestingInProduction":         {add: file("top", false, "testing/fstest"), want: "top/x.go imports testing/fstest: that is for tests"},
		"TestHelperInProduction":      {add: file("top", false, m+"helper"), want: "top/x.go imports helper: that is for tests"},
		"TestMayImportUpwards":        {add: file("leaf", true, m+"top", "example.com/other", "testing")},
		"SelfContainedTestStaysAlone": {add: file("alone", true, m+"leaf"), want: "alone/x_test.go imports leaf: reason-alone"},
		"SelfContainedTestOfItself":   {add: file("alone", true, m+"alone", "testing")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tree := slices.DeleteFunc(slices.Clone(all), func(s source) bool { return s.pkg == c.drop })
			if c.add.pkg != "" {
				tree = append(tree, c.add)
			}
			got := check(tree, list, mods)
			if c.want == "" && len(got) == 0 {
				return
			}
			if !slices.Contains(got, c.want) {
				t.Errorf("got faults\n%s\nwant %q among them", strings.Join(got, "\n"), c.want)
			}
		})
	}
}

// check holds a tree against the rules, and returns what is wrong.
func check(tree []source, rules []rule, modules []module) []string {
	c := &checker{rules: rules, modules: modules, rulesUsed: map[string]bool{}, modulesUsed: map[string]bool{}}
	for _, src := range tree {
		c.file(src)
	}
	c.unused()
	slices.Sort(c.faults)
	return slices.Compact(c.faults)
}

type checker struct {
	rules       []rule
	modules     []module
	rulesUsed   map[string]bool
	modulesUsed map[string]bool
	faults      []string
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

func (c *checker) rule(pkg string) *rule {
	i := slices.IndexFunc(c.rules, func(r rule) bool { return matches(r.pkg, pkg) })
	if i < 0 {
		return nil
	}
	return &c.rules[i]
}

func (c *checker) file(src source) {
	r := c.rule(src.pkg)
	if r == nil {
		c.fault("no rule names the package %s", src.pkg)
		return
	}
	c.rulesUsed[r.pkg] = true
	for _, imported := range src.imports {
		folder, own := ours(imported)
		switch {
		case own && folder == src.pkg: // an external test of it
		case own:
			c.own(src, r, folder)
		case !src.test:
			c.foreign(src, r, imported)
		}
	}
}

// own judges an import of another package of this module.
func (c *checker) own(src source, r *rule, folder string) {
	if src.test && !r.selfContained {
		return
	}
	if other := c.rule(folder); other != nil && other.testSupport && !r.testSupport {
		c.fault("%s imports %s: that is for tests", src.name, folder)
		return
	}
	allowed := slices.ContainsFunc(r.may, func(p string) bool { return matches(p, folder) }) ||
		slices.Contains(everyone, folder) && !r.standardOnly
	if !allowed {
		c.fault("%s imports %s: %s", src.name, folder, r.why)
	}
}

// foreign judges an import of the standard library or of another module, in
// production code.
func (c *checker) foreign(src source, r *rule, imported string) {
	if slices.ContainsFunc(testOnly, func(p string) bool { return within(p, imported) }) {
		if !r.testSupport {
			c.fault("%s imports %s: that is for tests", src.name, imported)
		}
		return
	}
	if standard(imported) {
		return
	}
	if r.standardOnly {
		c.fault("%s imports %s: %s", src.name, imported, r.why)
		return
	}
	i := slices.IndexFunc(c.modules, func(m module) bool { return within(m.path, imported) })
	if i < 0 {
		c.fault("%s imports %s: no rule names that module", src.name, imported)
		return
	}
	m := c.modules[i]
	c.modulesUsed[m.path] = true
	if !slices.ContainsFunc(m.in, func(p string) bool { return matches(p, src.pkg) }) {
		c.fault("%s imports %s, which is for %s: %s", src.name, imported, strings.Join(m.in, ", "), m.why)
	}
}

// unused finds rules that are about nothing any more.
func (c *checker) unused() {
	for _, r := range c.rules {
		switch {
		case r.later && c.rulesUsed[r.pkg]:
			c.fault("the package %s is here: drop later from its rule", r.pkg)
		case !r.later && !c.rulesUsed[r.pkg]:
			c.fault("a rule names the package %s, which does not exist", r.pkg)
		}
	}
	for _, m := range c.modules {
		if !c.modulesUsed[m.path] {
			c.fault("a rule names the module %s, which no production code imports", m.path)
		}
	}
}
