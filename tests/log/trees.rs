//! Trees and proofs, beside `ct-merkle` and published roots.

use std::collections::HashMap;
use std::io;

use bailiwick::log::{ConsistencyProof, InclusionProof, MAX_SIZE, StoredTree, Tile, TileError, TileId, TileSource, Tree, TreeHash};
use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as OtherConsistency, InclusionProof as OtherInclusion};
use proptest::prelude::*;
use sha2::Sha256;

type Other = MemoryBackedTree<Sha256, Vec<u8>>;

#[derive(Default)]
struct Tiles(HashMap<String, Vec<u8>>);

impl TileSource for &Tiles {
    fn read(&self, id: TileId) -> io::Result<Option<Vec<u8>>> {
        Ok(self.0.get(&id.to_string()).cloned())
    }
}

/// The leaves, our tree of them, all tiles it ever had, and the tree of `ct-merkle`.
fn grown(leaves: u64) -> (Vec<Vec<u8>>, Tree, Tiles, Other) {
    let (mut tree, mut tiles, mut other) = (Tree::new(), Tiles::default(), Other::new());
    let leaves: Vec<Vec<u8>> = (0..leaves).map(|n| format!("leaf {n}").into_bytes()).collect();
    for leaf in &leaves {
        let full = tree.append(TreeHash::of_leaf(leaf));
        tiles.0.extend(full.into_iter().map(|tile| (tile.id().to_string(), tile.to_bytes())));
        other.push(leaf.clone());
    }
    tiles.0.extend(tree.partial_tiles().map(|tile| (tile.id().to_string(), tile.to_bytes())));
    (leaves, tree, tiles, other)
}

fn other_digests(bytes: &[u8]) -> Vec<TreeHash> {
    bytes.chunks_exact(32).map(|bytes| TreeHash::from_bytes(bytes.try_into().unwrap())).collect()
}

fn bytes(path: &[TreeHash]) -> Vec<u8> {
    path.iter().flat_map(TreeHash::as_bytes).copied().collect()
}

/// The test tree of Google's `certificate-transparency`, in which the test vectors of RFC 6962's authors are.
#[test]
fn roots_are_those_of_the_reference_implementation() {
    let leaves: [&[u8]; 8] = [
        b"",
        b"\x00",
        b"\x10",
        b"\x20\x21",
        b"\x30\x31",
        b"\x40\x41\x42\x43",
        b"\x50\x51\x52\x53\x54\x55\x56\x57",
        b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
    ];
    let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];
    let mut tree = Tree::new();
    let hex = |root: TreeHash| root.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(tree.root()), roots[0]);
    for (leaf, root) in leaves.iter().zip(&roots[1..]) {
        tree.append(TreeHash::of_leaf(leaf));
        assert_eq!(hex(tree.root()), *root);
    }
}

#[test]
fn every_proof_of_every_small_tree_is_that_of_another_implementation() {
    let (leaves, _, tiles, _) = grown(300);
    for size in (1..40).chain([255, 256, 257, 300]) {
        let (_, tree, _, other) = grown(size);
        let stored = StoredTree::new(&tiles, 300);
        let root = stored.root_at(size).unwrap();
        assert_eq!((root, root.as_bytes()), (tree.root(), &(*other.root().as_bytes()).into()));
        for index in 0..size {
            let proof = stored.inclusion(index, size).unwrap().unwrap();
            let theirs = other.prove_inclusion(usize::try_from(index).unwrap());
            assert_eq!(bytes(proof.path()), theirs.as_bytes(), "{index} of {size}");
            proof.verify(TreeHash::of_leaf(&leaves[usize::try_from(index).unwrap()]), root).unwrap();
        }
        for old in 1..=size {
            let proof = stored.consistency(old, size).unwrap().unwrap();
            let theirs = other.prove_consistency(usize::try_from(size - old).unwrap());
            assert_eq!(bytes(proof.path()), theirs.as_bytes(), "{old} to {size}");
            proof.verify(stored.root_at(old).unwrap(), root).unwrap();
        }
        assert_eq!(stored.inclusion(size, size).unwrap(), None);
        assert_eq!(stored.consistency(size + 1, size).unwrap(), None);
        stored.consistency(0, size).unwrap().unwrap().verify(TreeHash::of_empty_tree(), root).unwrap();
    }
}

#[test]
fn a_proof_that_is_changed_cut_or_made_longer_proves_nothing() {
    let (leaves, tree, tiles, _) = grown(300);
    let (stored, root) = (StoredTree::new(&tiles, 300), tree.root());
    let wrong = TreeHash::of_leaf(b"another");
    let altered = |path: &[TreeHash]| {
        let mut all: Vec<Vec<TreeHash>> = (0..path.len()).map(|at| [&path[..at], &[wrong], &path[at + 1..]].concat()).collect();
        all.extend((0..path.len()).map(|at| path[..at].to_vec()));
        all.extend([[path, &[wrong]].concat(), [&[wrong], path].concat()]);
        all
    };
    for index in [0, 1, 127, 255, 256, 298, 299] {
        let proof = stored.inclusion(index, 300).unwrap().unwrap();
        let leaf = TreeHash::of_leaf(&leaves[usize::try_from(index).unwrap()]);
        for path in altered(proof.path()) {
            InclusionProof::new(index, 300, path).verify(leaf, root).unwrap_err();
        }
        for other in (0..300).filter(|&other| other != index) {
            InclusionProof::new(other, 300, proof.path().to_vec()).verify(leaf, root).unwrap_err();
        }
        InclusionProof::new(index, index, proof.path().to_vec()).verify(leaf, root).unwrap_err();
        InclusionProof::new(index, MAX_SIZE, proof.path().to_vec()).verify(leaf, root).unwrap_err();
        proof.verify(wrong, root).unwrap_err();
        proof.verify(leaf, wrong).unwrap_err();
    }
    for old in [1, 2, 3, 128, 255, 256, 257, 299, 300] {
        let (proof, old_root) = (stored.consistency(old, 300).unwrap().unwrap(), stored.root_at(old).unwrap());
        for path in altered(proof.path()) {
            ConsistencyProof::new(old, 300, path).verify(old_root, root).unwrap_err();
        }
        proof.verify(wrong, root).unwrap_err();
        proof.verify(old_root, wrong).unwrap_err();
        if old < 300 {
            for (old, new) in [(old, 1 << 20), (old, MAX_SIZE), (old, old), (300, old)] {
                ConsistencyProof::new(old, new, proof.path().to_vec()).verify(old_root, root).unwrap_err();
            }
        }
    }
}

/// No proof leads from a tree to one with fewer leaves, not even to one with the same root.
#[test]
fn a_tree_never_shrinks() {
    let (root, other) = (TreeHash::of_leaf(b"root"), TreeHash::of_leaf(b"other"));
    for old in (1..70).chain([MAX_SIZE, u64::MAX]) {
        for new in (0..old.min(70)).chain([old - 1]) {
            for path in [vec![], vec![root], vec![root, other]] {
                let proof = ConsistencyProof::new(old, new, path);
                assert!(proof.verify(root, root).is_err(), "{old} to {new}: {proof:?}");
            }
        }
    }
}

/// Each tile fits the one above it, and the checkpoint is that of other tiles.
#[test]
fn tiles_of_another_root_are_refused() {
    for size in [0, 1, 10, 256, 300] {
        let (_, tree, tiles, _) = grown(size);
        let (right, wrong) = (tree.root(), TreeHash::of_leaf(b"another"));
        let stored = StoredTree::new(&tiles, size);
        stored.verify(right, |_| {}).unwrap();
        let error = stored.verify(wrong, |_| {}).unwrap_err();
        assert!(
            matches!(error, TileError::Root { size: of, expected, found } if (of, expected, found) == (size, wrong, right)),
            "{error}"
        );
    }
}

/// No proof is made for leaves that the tree does not have.
#[test]
fn a_stored_tree_proves_nothing_beyond_its_size() {
    let (_, _, tiles, _) = grown(299);
    let stored = StoredTree::new(&tiles, 299);
    assert_eq!(stored.inclusion(0, 300).unwrap(), None);
    assert_eq!(stored.inclusion(299, 299).unwrap(), None);
    assert_eq!(stored.consistency(1, 300).unwrap(), None);
    assert_eq!(stored.consistency(300, 299).unwrap(), None);
    assert!(stored.inclusion(298, 299).unwrap().is_some());
    assert!(stored.consistency(0, 299).unwrap().is_some());
}

/// A log may delete partial tiles: the full one has their hashes at its beginning, if it is as long as it must be.
#[test]
fn a_partial_tile_is_read_from_the_full_one() {
    let (_, _, mut tiles, _) = grown(256);
    let full = tiles.0["tile/0/000"].clone();
    let root = grown(10).1.root();
    tiles.0.retain(|name, _| name == "tile/0/000");
    StoredTree::new(&tiles, 10).verify(root, |_| {}).unwrap();
    for bytes in [full[1..].to_vec(), full[32..].to_vec(), [full.clone(), vec![0]].concat()] {
        tiles.0.insert("tile/0/000".to_owned(), bytes);
        let error = StoredTree::new(&tiles, 10).verify(root, |_| {}).unwrap_err();
        assert!(matches!(&error, TileError::Length { tile } if tile == "tile/0/000.p/10"), "{error}");
    }
    tiles.0.clear();
    let error = StoredTree::new(&tiles, 10).verify(root, |_| {}).unwrap_err();
    assert!(matches!(&error, TileError::Missing { tile } if tile == "tile/0/000.p/10"), "{error}");
}

#[test]
fn a_tile_has_as_many_hashes_as_its_name_says() {
    let id = TileId::of_tree(0, 0, 3).unwrap();
    assert_eq!((id.width(), id.is_full()), (3, false));
    for bytes in [95, 97, 64, 128] {
        assert_eq!(Tile::from_bytes(id, &vec![0; bytes]), None, "{bytes}");
    }
    let tile = Tile::from_bytes(id, &[7; 96]).unwrap();
    assert_eq!((tile.to_bytes(), tile.hashes().len()), (vec![7; 96], 3));
    assert_eq!(format!("{:?}", tile.hashes()[0]), format!("TreeHash({})", tile.hashes()[0]));
}

/// A proof from nothing is empty, and goes from the root of the empty tree alone.
#[test]
fn a_proof_from_the_empty_tree_leads_from_no_other_root() {
    let (_, tree, tiles, _) = grown(3);
    let stored = StoredTree::new(&tiles, 3);
    let proof = stored.consistency(0, 3).unwrap().unwrap();
    proof.verify(TreeHash::of_empty_tree(), tree.root()).unwrap();
    assert!(proof.verify(tree.root(), tree.root()).is_err());
    let longer = ConsistencyProof::new(0, 3, vec![tree.root()]);
    assert!(longer.verify(TreeHash::of_empty_tree(), tree.root()).is_err());
}

#[test]
fn a_tree_goes_on_from_its_tiles() {
    for size in [0, 1, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537] {
        let (_, tree, tiles, _) = grown(size);
        let stored = StoredTree::new(&tiles, size);
        stored.verify(tree.root(), |_| {}).unwrap();
        let mut resumed = Tree::resume(&stored).unwrap();
        assert_eq!((resumed.size(), resumed.root()), (size, tree.root()));
        let mut whole = tree;
        let full =
            |tree: &mut Tree| (0..300).flat_map(|n: u32| tree.append(TreeHash::of_leaf(&n.to_be_bytes()))).collect::<Vec<_>>();
        assert_eq!(full(&mut whole), full(&mut resumed));
        assert_eq!(whole.root(), resumed.root());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn proofs_are_taken_by_another_implementation_and_taken_from_it(new in 1_u64..3000, old in 0.0..1.0, index in 0.0..1.0) {
        let of = |part: f64| (part * new as f64) as u64;
        let (old, index) = (of(old).max(1), of(index));
        let (leaves, tree, tiles, other) = grown(new);
        let (stored, place) = (StoredTree::new(&tiles, new), usize::try_from(index).unwrap());
        let digests = |path: &[TreeHash]| path.iter().map(|hash| (*hash.as_bytes()).into()).collect::<Vec<_>>();

        let ours = stored.inclusion(index, new).unwrap().unwrap();
        let theirs = OtherInclusion::from_digests(&digests(ours.path()));
        other.root().verify_inclusion(&leaves[place], index, &theirs).unwrap();
        prop_assert!(other.root().verify_inclusion(&b"another".to_vec(), index, &theirs).is_err());
        let path = other_digests(other.prove_inclusion(place).as_bytes());
        InclusionProof::new(index, new, path).verify(TreeHash::of_leaf(&leaves[place]), tree.root()).unwrap();

        let (_, _, _, before) = grown(old);
        let ours = stored.consistency(old, new).unwrap().unwrap();
        let theirs = OtherConsistency::from_digests(&digests(ours.path()));
        other.root().verify_consistency(&before.root(), &theirs).unwrap();
        let path = other_digests(other.prove_consistency(usize::try_from(new - old).unwrap()).as_bytes());
        let root = TreeHash::from_bytes((*before.root().as_bytes()).into());
        ConsistencyProof::new(old, new, path).verify(root, tree.root()).unwrap();
    }
}
