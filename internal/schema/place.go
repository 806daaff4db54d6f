package schema

// place is the part of a value that is being read or checked, and where its issues go. A
// location is made for an issue alone: to make one for each element, with its index as an
// any, would cost more than to check the element.
type place struct {
	issues *Issues
	outer  []any // the location of the whole value
	steps  []step
}

// step leads to a member of an object, or to an element of a list.
type step struct {
	name  string
	index int // of an element; for a member, it is isMember
}

const isMember = -1

// newPlace returns the place of a whole value. It has room for the steps of most values.
func newPlace(loc []any, issues *Issues) place {
	return place{issues: issues, outer: loc, steps: make([]step, 0, 8)}
}

// enter goes into an object or a list. Until leave, member and element say to which part.
func (p *place) enter() { p.steps = append(p.steps, step{}) }

func (p *place) leave() { p.steps = p.steps[:len(p.steps)-1] }

func (p *place) member(name string) { p.steps[len(p.steps)-1] = step{name, isMember} }

func (p *place) element(i int) { p.steps[len(p.steps)-1].index = i }

// issue adds an issue with the value at the place.
func (p *place) issue(code string, param any, text string, args ...any) {
	if p.issues.drops() {
		return
	}
	loc := append(make([]any, 0, len(p.outer)+len(p.steps)), p.outer...)
	for _, step := range p.steps {
		if step.index == isMember {
			loc = append(loc, step.name)
		} else {
			loc = append(loc, step.index)
		}
	}
	p.issues.add(loc, code, param, text, args)
}

// count adds an issue about a limit of a count, with the text for one or for many.
func (p *place) count(code, one, many string, limit int, more ...any) {
	if p.issues.drops() {
		return // before the arguments are allocated
	}
	text := many
	if limit == 1 {
		text = one
	}
	p.issue(code, limit, text, append([]any{limit}, more...)...)
}
