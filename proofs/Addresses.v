(** Addresses, and ranges of them. *)
From Coq Require Import Bool List ZArith Lia.
Import ListNotations.
Open Scope Z_scope.

(** An address is of IPv4 or of IPv6. *)
Inductive family := V4 | V6.

(** An address: a family and a number, which no theorem bounds unless it says so. *)
Record address := Address { family_of : family; number : Z }.

Definition family_eqb (a b : family) : bool :=
  match a, b with V4, V4 | V6, V6 => true | _, _ => false end.

(** The block `::ffff:0:0/96`. *)
Definition mapped_first : Z := 0xffff00000000.
Definition mapped_last : Z := 0xffffffffffff.

(** It has the [2 ^ 32] addresses of IPv4. *)
Lemma mapped_block : mapped_last = mapped_first + (2 ^ 32 - 1) /\ 2 ^ 32 = 4294967296 /\ 0 < mapped_first.
Proof. vm_compute. auto. Qed.

(** Proofs need no more of these numbers than that. *)
Global Opaque mapped_first mapped_last.

(** "IPv4-mapped IPv6 (`::ffff:a.b.c.d`) is the IPv4 address, in data and in queries." *)
Definition canonical (a : address) : address :=
  match a with
  | Address V6 n => if (mapped_first <=? n) && (n <=? mapped_last) then Address V4 (n - mapped_first) else a
  | _ => a
  end.

(** A range of addresses, both ends included. *)
Record span := Span { span_family : family; first : Z; last : Z }.

(** "A range wholly inside `::ffff:0:0/96` is IPv4; one that only overlaps it is IPv6, counts its full width, and never speaks for
    IPv4." *)
Definition read_span (s : span) : span :=
  match s with
  | Span V6 f l =>
      if (mapped_first <=? f) && (l <=? mapped_last) then Span V4 (f - mapped_first) (l - mapped_first) else s
  | _ => s
  end.

(** Whether a range holds an address. *)
Definition holds (s : span) (a : address) : bool :=
  let s := read_span s in
  let a := canonical a in
  family_eqb (span_family s) (family_of a) && (first s <=? number a) && (number a <=? last s).

(** Whether one of some ranges holds an address. *)
Definition some_holds (ss : list span) (a : address) : bool := existsb (fun s => holds s a) ss.

(** "Width is the number of addresses of the range as inserted." *)
Definition width (s : span) : Z := last s - first s + 1.

(** Whether every address of one range is in the other, by their ends. *)
Definition within (inner outer : span) : bool :=
  let i := read_span inner in
  let o := read_span outer in
  family_eqb (span_family i) (span_family o) && (first o <=? first i) && (last i <=? last o).

Lemma family_eqb_eq a b : family_eqb a b = true <-> a = b.
Proof. destruct a, b; simpl; split; congruence. Qed.

Lemma holds_iff s a :
  holds s a = true <->
  span_family (read_span s) = family_of (canonical a)
  /\ first (read_span s) <= number (canonical a) <= last (read_span s).
Proof. unfold holds. rewrite !andb_true_iff, family_eqb_eq, !Z.leb_le. tauto. Qed.

Lemma within_holds i o a : within i o = true -> holds i a = true -> holds o a = true.
Proof.
  unfold within. rewrite !holds_iff, !andb_true_iff, family_eqb_eq, !Z.leb_le. intros [[F L] U] [G [A B]].
  rewrite <- F. repeat split; auto; lia.
Qed.

Lemma some_holds_iff ss a : some_holds ss a = true <-> exists s, In s ss /\ holds s a = true.
Proof. apply existsb_exists. Qed.

Lemma width_read s : width (read_span s) = width s.
Proof. destruct s as [[] f l]; simpl; auto. destruct (_ && _); unfold width; simpl; lia. Qed.

Lemma canonical_canonical a : canonical (canonical a) = canonical a.
Proof.
  destruct a as [[] n]; auto. simpl. destruct (_ && _) eqn:M; auto. simpl. rewrite M. reflexivity.
Qed.

(** Ranges know an address by its canonical form alone. *)
Lemma holds_canonical s a : holds s (canonical a) = holds s a.
Proof. unfold holds. rewrite canonical_canonical. reflexivity. Qed.

Lemma canonical_mapped n : 0 <= n < 2 ^ 32 -> canonical (Address V6 (mapped_first + n)) = Address V4 n.
Proof.
  intros [L U]. destruct mapped_block as (M & P & _). rewrite P in *. unfold canonical.
  replace (mapped_first <=? mapped_first + n) with true by (symmetry; apply Z.leb_le; lia).
  replace (mapped_first + n <=? mapped_last) with true by (symmetry; apply Z.leb_le; lia).
  simpl. f_equal. lia.
Qed.

(** "Nor does `::/0`": an IPv6 range that is not wholly inside the block holds no IPv4 address, mapped or plain. *)
Theorem wide_ranges_never_speak_for_v4 f l a :
  (f < mapped_first \/ mapped_last < l) -> family_of (canonical a) = V4 -> holds (Span V6 f l) a = false.
Proof.
  intros outside v4. apply not_true_iff_false. rewrite holds_iff. simpl.
  destruct ((mapped_first <=? f) && (l <=? mapped_last)) eqn:M.
  - rewrite andb_true_iff, !Z.leb_le in M. lia.
  - simpl. intros [F _]. congruence.
Qed.
