(** Longest-prefix match finds what a scan for the narrowest range finds. *)
From Coq Require Import Bool List ZArith Lia.
From Bailiwick Require Import Regions Addresses Sources.
Import ListNotations.
Open Scope Z_scope.

(** A prefix: its first [length] bits, and what its row says. *)
Record prefix := Prefix { length : nat; bits : Z; says : region }.

Definition address_bits (f : family) : nat := match f with V4 => 32 | V6 => 128 end.
Definition size (f : family) (p : prefix) : Z := 2 ^ Z.of_nat (address_bits f - length p).

(** The prefix as a row of a source. *)
Definition row_of (f : family) (p : prefix) : row := Row (Span f (bits p * size f p) (bits p * size f p + size f p - 1)) (says p).

(** Whether an address begins with the bits of the prefix. *)
Definition matches (f : family) (x : Z) (p : prefix) : bool := x / size f p =? bits p.

(** The matching prefixes of the greatest length up to [n] that has any. *)
Fixpoint longest (f : family) (n : nat) (x : Z) (ps : list prefix) : list prefix :=
  match filter (fun p => Nat.eqb (length p) n && matches f x p) ps with
  | [] => match n with O => [] | S n => longest f n x ps end
  | found => found
  end.

Lemma size_positive f p : 0 < size f p.
Proof. apply Z.pow_pos_nonneg; lia. Qed.

(** A prefix in the block of mapped addresses is IPv4, and holds no address that is asked about as IPv6. *)
Lemma matches_holds f x p :
  canonical (Address f x) = Address f x -> row_holds (Address f x) (row_of f p) = matches f x p.
Proof.
  intros C. apply eq_true_iff_eq. unfold row_holds, matches. rewrite holds_iff, Z.eqb_eq, C.
  assert (P := size_positive f p). set (s := size f p) in *. unfold row_of. fold s. clearbody s. cbn [row_span family_of number].
  assert (inside : bits p * s <= x <= bits p * s + s - 1 <-> x / s = bits p).
  { split.
    - intros [L U]. symmetry. apply Z.div_unique with (r := x - bits p * s); lia.
    - intros E. assert (M := Z.div_mod x s). assert (B := Z.mod_pos_bound x s). subst. nia. }
  rewrite <- inside. destruct f; [simpl; tauto|]. cbn [read_span].
  destruct ((mapped_first <=? bits p * s) && (bits p * s + s - 1 <=? mapped_last)) eqn:M; [|simpl; tauto].
  rewrite andb_true_iff, !Z.leb_le in M. split; [intros [F _]; discriminate|]. intros I. exfalso. simpl in C.
  destruct ((mapped_first <=? x) && (x <=? mapped_last)) eqn:X; [discriminate|].
  rewrite andb_false_iff, !Z.leb_gt in X. lia.
Qed.

Lemma row_width_of f p : row_width (row_of f p) = size f p.
Proof. unfold row_width, width. simpl. lia. Qed.

(** The longer of two prefixes is the narrower range. *)
Lemma longer_is_narrower f p q :
  (length p <= address_bits f)%nat -> (length q <= address_bits f)%nat -> (size f p <= size f q <-> (length q <= length p)%nat).
Proof.
  intros P Q. unfold size. split.
  - intros L. apply Z.pow_le_mono_r_iff in L; lia.
  - intros L. apply Z.pow_le_mono_r; lia.
Qed.

Lemma filter_map_rows f (p : row -> bool) ps : filter p (map (row_of f) ps) = map (row_of f) (filter (fun q => p (row_of f q)) ps).
Proof. induction ps as [|q ps IH]; [reflexivity|]. simpl. destruct (p (row_of f q)); simpl; rewrite IH; reflexivity. Qed.

Definition of_length (n : nat) (ps : list prefix) : list prefix := filter (fun p => Nat.eqb (length p) n) ps.

Lemma matching_of_length f n x ps :
  filter (fun p => Nat.eqb (length p) n && matches f x p) ps = of_length n (filter (matches f x) ps).
Proof.
  induction ps as [|p ps IH]; [reflexivity|]. simpl. destruct (matches f x p); simpl.
  - rewrite andb_true_r. destruct (Nat.eqb (length p) n); rewrite IH; reflexivity.
  - rewrite andb_false_r. exact IH.
Qed.

Definition narrowest_of (f : family) (ps : list prefix) : list prefix :=
  filter (fun p => forallb (fun q => row_width (row_of f p) <=? row_width (row_of f q)) ps) ps.

(** Those of the greatest length are the narrowest. *)
Lemma longest_are_narrowest f n p0 ps :
  (forall p, In p ps -> (length p <= address_bits f)%nat) -> (forall p, In p ps -> (length p <= n)%nat) ->
  In p0 (of_length n ps) -> of_length n ps = narrowest_of f ps.
Proof.
  intros short most I0. apply filter_In in I0. destruct I0 as [I0 L0]. apply Nat.eqb_eq in L0.
  apply filter_ext_in. intros p I. apply eq_true_iff_eq. rewrite Nat.eqb_eq, forallb_forall. split.
  - intros L q J. apply Z.leb_le. rewrite !row_width_of. apply longer_is_narrower; auto. specialize (most q J). lia.
  - intros all. specialize (all p0 I0). apply Z.leb_le in all. rewrite !row_width_of in all.
    apply longer_is_narrower in all; auto. specialize (most p I). lia.
Qed.

Lemma longest_is_narrowest f n x ps :
  (forall p, In p ps -> (length p <= address_bits f)%nat) ->
  (forall p, In p (filter (matches f x) ps) -> (length p <= n)%nat) ->
  longest f n x ps = narrowest_of f (filter (matches f x) ps).
Proof.
  intros short.
  assert (short' : forall p, In p (filter (matches f x) ps) -> (length p <= address_bits f)%nat).
  { intros p I. apply filter_In in I. apply short, I. }
  induction n as [|n IH]; intros most; simpl; rewrite matching_of_length.
  - destruct (of_length 0 (filter (matches f x) ps)) as [|p0 l] eqn:F.
    + destruct (filter (matches f x) ps) as [|q qs]; [reflexivity|]. exfalso.
      assert (J : In q (of_length 0 (q :: qs))); [|rewrite F in J; destruct J].
      apply filter_In. split; [left; reflexivity|]. apply Nat.eqb_eq. specialize (most q (or_introl eq_refl)). lia.
    + rewrite <- F. apply (longest_are_narrowest f 0 p0); auto. rewrite F. left. reflexivity.
  - destruct (of_length (S n) (filter (matches f x) ps)) as [|p0 l] eqn:F.
    + apply IH. intros p I. specialize (most p I). destruct (Nat.eq_dec (length p) (S n)) as [D | D]; [|lia]. exfalso.
      assert (J : In p (of_length (S n) (filter (matches f x) ps))); [|rewrite F in J; destruct J].
      apply filter_In. split; [exact I | apply Nat.eqb_eq, D].
    + rewrite <- F. apply (longest_are_narrowest f (S n) p0); auto. rewrite F. left. reflexivity.
Qed.

(** What the longest matching prefixes say is what the source says. *)
Theorem longest_prefix_match_equals_scan f ps x :
  (forall p, In p ps -> (length p <= address_bits f)%nat) -> canonical (Address f x) = Address f x ->
  unanimous (map (row_of f) (longest f (address_bits f) x ps)) = opinion_of_rows (map (row_of f) ps) (Address f x).
Proof.
  intros short C. rewrite longest_is_narrowest; [|exact short | intros p I; apply filter_In in I; apply short, I].
  unfold narrowest_of, opinion_of_rows, holding, narrowest. rewrite !filter_map_rows. f_equal. f_equal.
  assert (H : filter (fun p => row_holds (Address f x) (row_of f p)) ps = filter (matches f x) ps).
  { apply filter_ext. intros p. apply matches_holds, C. }
  rewrite H. clear H. apply filter_ext. intros p. induction (filter (matches f x) ps) as [|q qs IH]; [reflexivity|]. simpl. rewrite IH. reflexivity.
Qed.
