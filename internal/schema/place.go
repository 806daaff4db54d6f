package schema

// place is the part of a value that is being read or checked, and where its issues go. A
// location is made for an issue alone: to make one for each element, with its index as an
// any, would cost more than to check the element.
type place struct {
	issues *Issues
	outer  []any   // the location of the whole value
	level  int     // how many steps there are
	steps  [8]step // the first of them, which need no allocation
	deeper []step
}

// step leads to a member of an object, or to an element of a list.
type step struct {
	name  string
	index int // of an element; for a member, it is isMember
}

const isMember = -1

// step returns the step at a level, counted from 1.
func (p *place) step(level int) *step {
	if level <= len(p.steps) {
		return &p.steps[level-1]
	}
	return &p.deeper[level-len(p.steps)-1]
}

// enter goes into an object or a list. Until leave, member and element say to which part.
func (p *place) enter() {
	if p.level++; p.level > len(p.steps)+len(p.deeper) {
		p.deeper = append(p.deeper, step{})
	}
}

func (p *place) leave() { p.level-- }

func (p *place) member(name string) { *p.step(p.level) = step{name, isMember} }

func (p *place) element(i int) { p.step(p.level).index = i }

// issue adds an issue with the value at the place.
func (p *place) issue(code string, param any, text string, args ...any) {
	if p.issues.drops() {
		return
	}
	loc := append(make([]any, 0, len(p.outer)+p.level), p.outer...)
	for level := range p.level {
		if step := p.step(level + 1); step.index == isMember {
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
