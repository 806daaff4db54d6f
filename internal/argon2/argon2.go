// Copyright 2017 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

// Package argon2 is made from golang.org/x/crypto/argon2 v0.21.0. It uses the memory of a hash again
// for the next one, and gives it back to the operating system. The original allocates memory for
// each hash, up to 256 MiB here, and the garbage collector lets about twice as much pile up as is in
// use. The files blake2b.go and blamka_* are unchanged.
package argon2

import (
	"encoding/binary"
	"sync"

	"golang.org/x/crypto/blake2b"
)

// Version is the version of Argon2 (RFC 9106 §3.1).
const Version = 0x13

// Kind is a variant of Argon2, as RFC 9106 §3.1 numbers it.
type Kind uint32

// The variants that passwords are hashed with.
const (
	I  Kind = 1
	ID Kind = 2
)

const (
	blockLength = 128
	syncPoints  = 4
)

type block [blockLength]uint64

// Key derives a key of length bytes. The memory is in KiB. It panics if passes or lanes is zero.
func (m *Memory) Key(kind Kind, password, salt []byte, passes, memory uint32, lanes uint8, length uint32) []byte {
	return m.derive(kind, password, salt, nil, nil, passes, memory, uint32(lanes), length)
}

func (m *Memory) derive(kind Kind, password, salt, secret, data []byte, passes, memory, lanes, length uint32) []byte {
	if passes < 1 || lanes < 1 {
		panic("argon2: no pass or no lane")
	}
	h0 := initHash(kind, password, salt, secret, data, passes, memory, lanes, length)
	memory = max(memory/(syncPoints*lanes), 2) * (syncPoints * lanes)
	f := fill{blocks: m.reserve(memory), kind: kind, passes: passes, lanes: lanes, lane: memory / lanes}
	f.segment = f.lane / syncPoints
	f.first(&h0)
	for pass := range passes {
		for slice := range uint32(syncPoints) {
			var done sync.WaitGroup
			for lane := range lanes {
				done.Go(func() { f.fill(pass, slice, lane) })
			}
			done.Wait()
		}
	}
	return f.key(length)
}

func initHash(kind Kind, password, salt, secret, data []byte, passes, memory, lanes, length uint32) (h0 [blake2b.Size + 8]byte) {
	b2, _ := blake2b.New512(nil)
	number := func(n uint32) { b2.Write(binary.LittleEndian.AppendUint32(nil, n)) }
	for _, n := range []uint32{lanes, length, memory, passes, Version, uint32(kind)} {
		number(n)
	}
	for _, text := range [][]byte{password, salt, secret, data} {
		number(uint32(len(text)))
		b2.Write(text)
	}
	b2.Sum(h0[:0])
	return h0
}

// fill fills the blocks of one hash.
type fill struct {
	blocks        []block
	kind          Kind
	passes, lanes uint32
	lane, segment uint32 // their lengths in blocks
}

// first makes the first two blocks of each lane.
func (f *fill) first(h0 *[blake2b.Size + 8]byte) {
	var bytes [8 * blockLength]byte
	for lane := range f.lanes {
		binary.LittleEndian.PutUint32(h0[blake2b.Size+4:], lane)
		for i := range uint32(2) {
			binary.LittleEndian.PutUint32(h0[blake2b.Size:], i)
			blake2bHash(bytes[:], h0[:])
			b := &f.blocks[lane*f.lane+i]
			for j := range b {
				b[j] = binary.LittleEndian.Uint64(bytes[j*8:])
			}
		}
	}
}

// fill fills a segment of a lane. The first pass overwrites what another hash has left there.
func (f *fill) fill(pass, slice, lane uint32) {
	independent := f.kind == I || pass == 0 && slice < syncPoints/2
	var addresses, in, zero block
	in = block{uint64(pass), uint64(lane), uint64(slice), uint64(len(f.blocks)), uint64(f.passes), uint64(f.kind)}
	next := func() {
		in[6]++
		processBlock(&addresses, &in, &zero)
		processBlock(&addresses, &addresses, &zero)
	}
	process, index := processBlockXOR, uint32(0)
	if pass == 0 {
		process = processBlock
		if slice == 0 {
			index = 2 // there are two blocks
			if independent {
				next()
			}
		}
	}
	offset := lane*f.lane + slice*f.segment + index
	for ; index < f.segment; index, offset = index+1, offset+1 {
		prev := offset - 1
		if index == 0 && slice == 0 {
			prev += f.lane // the last block of the lane
		}
		random := f.blocks[prev][0]
		if independent {
			if index%blockLength == 0 {
				next()
			}
			random = addresses[index%blockLength]
		}
		process(&f.blocks[offset], &f.blocks[prev], &f.blocks[f.reference(random, pass, slice, lane, index)])
	}
}

// reference returns the index of the block that a block is mixed with (RFC 9106 §3.4).
func (f *fill) reference(random uint64, pass, slice, lane, index uint32) uint32 {
	from := uint32(random>>32) % f.lanes
	if pass == 0 && slice == 0 {
		from = lane
	}
	m, s := 3*f.segment, ((slice+1)%syncPoints)*f.segment
	if lane == from {
		m += index
	}
	if pass == 0 {
		m, s = slice*f.segment, 0
		if slice == 0 || lane == from {
			m += index
		}
	}
	if index == 0 || lane == from {
		m--
	}
	p := random & 0xFFFFFFFF
	p = (p * p) >> 32
	p = (p * uint64(m)) >> 32
	return from*f.lane + uint32((uint64(s)+uint64(m)-(p+1))%uint64(f.lane))
}

// key returns the hash of the last blocks of the lanes.
func (f *fill) key(length uint32) []byte {
	last := &f.blocks[len(f.blocks)-1]
	for lane := range f.lanes - 1 {
		for i, v := range f.blocks[(lane+1)*f.lane-1] {
			last[i] ^= v
		}
	}
	var bytes [8 * blockLength]byte
	for i, v := range last {
		binary.LittleEndian.PutUint64(bytes[i*8:], v)
	}
	key := make([]byte, length)
	blake2bHash(key, bytes[:])
	return key
}
