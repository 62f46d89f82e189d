// Checks a log with golang.org/x/mod/sumdb: the signature of the checkpoint, that every line of the ledger is in its tree, and that every
// checkpoint is consistent with those before.
//
//	check-log VERIFIER-KEY FOLDER LEDGER
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// The tiles of a folder. C2SP's paths leave out the height, which is always 8.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var read [][]byte
	for _, tile := range tiles {
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		read = append(read, data)
	}
	return read, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func open(path string, known note.Verifiers, origin string) tlog.Tree {
	message, err := os.ReadFile(path)
	check(err)
	opened, err := note.Open(message, known)
	check(err)
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin {
		check(fmt.Errorf("%s: not a checkpoint of %s", path, origin))
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	root, err := tlog.ParseHash(lines[2])
	check(err)
	return tlog.Tree{N: size, Hash: root}
}

func main() {
	key, log, ledger := os.Args[1], folder(os.Args[2]), os.Args[3]
	verifier, err := note.NewVerifier(key)
	check(err)
	known := note.VerifierList(verifier)
	tree := open(filepath.Join(string(log), "checkpoint"), known, verifier.Name())
	hashes := tlog.TileHashReader(tree, log)

	content, err := os.ReadFile(ledger)
	check(err)
	lines := bytes.Split(bytes.TrimSuffix(content, []byte("\n")), []byte("\n"))
	if int64(len(lines)) < tree.N {
		check(fmt.Errorf("the ledger has %d lines, and %d are published", len(lines), tree.N))
	}
	for n := int64(0); n < tree.N; n++ {
		proof, err := tlog.ProveRecord(tree.N, n, hashes)
		check(err)
		check(tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(lines[n])))
	}

	names, err := filepath.Glob(filepath.Join(string(log), "checkpoints", "*"))
	check(err)
	var trees []tlog.Tree
	for _, name := range names {
		trees = append(trees, open(name, known, verifier.Name()))
	}
	sort.Slice(trees, func(i, j int) bool { return trees[i].N < trees[j].N })
	for _, old := range trees {
		proof, err := tlog.ProveTree(tree.N, old.N, hashes)
		check(err)
		check(tlog.CheckTree(proof, tree.N, tree.Hash, old.N, old.Hash))
	}
	fmt.Printf("%d lines and %d checkpoints\n", tree.N, len(trees))
}
