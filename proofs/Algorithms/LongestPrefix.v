(** Longest-prefix match finds what a scan for the narrowest range finds. *)
From Coq Require Import Bool List ZArith Lia.
From Bailiwick Require Import Regions Addresses Sources.
Import ListNotations.
Open Scope Z_scope.

(** A prefix of IPv4: its first [length] bits, and what its row says. *)
Record prefix := Prefix { length : nat; bits : Z; says : region }.

Definition address_bits : nat := 32.
Definition size (p : prefix) : Z := 2 ^ Z.of_nat (address_bits - length p).

(** The prefix as a row of a source. *)
Definition row_of (p : prefix) : row := Row (Span V4 (bits p * size p) (bits p * size p + size p - 1)) (says p).

(** Whether an address begins with the bits of the prefix. *)
Definition matches (x : Z) (p : prefix) : bool := x / size p =? bits p.

(** The matching prefixes of the greatest length up to [n] that has any. *)
Fixpoint longest (n : nat) (x : Z) (ps : list prefix) : list prefix :=
  match filter (fun p => Nat.eqb (length p) n && matches x p) ps with
  | [] => match n with O => [] | S n => longest n x ps end
  | found => found
  end.

Lemma size_positive p : 0 < size p.
Proof. apply Z.pow_pos_nonneg; lia. Qed.

Lemma matches_holds x p : row_holds (Address V4 x) (row_of p) = matches x p.
Proof.
  apply eq_true_iff_eq. unfold row_holds, matches. rewrite holds_iff, Z.eqb_eq. simpl.
  assert (P := size_positive p). set (s := size p) in *. clearbody s. split.
  - intros (_ & L & U). symmetry. apply Z.div_unique with (r := x - bits p * s); lia.
  - intros E. split; [reflexivity|]. assert (M := Z.div_mod x s). assert (B := Z.mod_pos_bound x s). subst. nia.
Qed.

Lemma row_width_of p : row_width (row_of p) = size p.
Proof. unfold row_width, width. simpl. lia. Qed.

(** The longer of two prefixes is the narrower range. *)
Lemma longer_is_narrower p q :
  (length p <= address_bits)%nat -> (length q <= address_bits)%nat -> (size p <= size q <-> (length q <= length p)%nat).
Proof.
  intros P Q. unfold size. split.
  - intros L. apply Z.pow_le_mono_r_iff in L; lia.
  - intros L. apply Z.pow_le_mono_r; lia.
Qed.

Lemma filter_map_rows (f : row -> bool) ps : filter f (map row_of ps) = map row_of (filter (fun p => f (row_of p)) ps).
Proof. induction ps as [|p ps IH]; [reflexivity|]. simpl. destruct (f (row_of p)); simpl; rewrite IH; reflexivity. Qed.

Definition of_length (n : nat) (ps : list prefix) : list prefix := filter (fun p => Nat.eqb (length p) n) ps.

Lemma matching_of_length n x ps :
  filter (fun p => Nat.eqb (length p) n && matches x p) ps = of_length n (filter (matches x) ps).
Proof.
  induction ps as [|p ps IH]; [reflexivity|]. simpl. destruct (matches x p); simpl.
  - rewrite andb_true_r. destruct (Nat.eqb (length p) n); rewrite IH; reflexivity.
  - rewrite andb_false_r. exact IH.
Qed.

Definition narrowest_of (ps : list prefix) : list prefix :=
  filter (fun p => forallb (fun q => row_width (row_of p) <=? row_width (row_of q)) ps) ps.

(** Those of the greatest length are the narrowest. *)
Lemma longest_are_narrowest n p0 ps :
  (forall p, In p ps -> (length p <= address_bits)%nat) -> (forall p, In p ps -> (length p <= n)%nat) ->
  In p0 (of_length n ps) -> of_length n ps = narrowest_of ps.
Proof.
  intros short most I0. apply filter_In in I0. destruct I0 as [I0 L0]. apply Nat.eqb_eq in L0.
  apply filter_ext_in. intros p I. apply eq_true_iff_eq. rewrite Nat.eqb_eq, forallb_forall. split.
  - intros L q J. apply Z.leb_le. rewrite !row_width_of. apply longer_is_narrower; auto. specialize (most q J). lia.
  - intros all. specialize (all p0 I0). apply Z.leb_le in all. rewrite !row_width_of in all.
    apply longer_is_narrower in all; auto. specialize (most p I). lia.
Qed.

Lemma longest_is_narrowest n x ps :
  (forall p, In p ps -> (length p <= address_bits)%nat) ->
  (forall p, In p (filter (matches x) ps) -> (length p <= n)%nat) ->
  longest n x ps = narrowest_of (filter (matches x) ps).
Proof.
  intros short.
  assert (short' : forall p, In p (filter (matches x) ps) -> (length p <= address_bits)%nat).
  { intros p I. apply filter_In in I. apply short, I. }
  induction n as [|n IH]; intros most; simpl; rewrite matching_of_length.
  - destruct (of_length 0 (filter (matches x) ps)) as [|p0 l] eqn:F.
    + destruct (filter (matches x) ps) as [|q qs]; [reflexivity|]. exfalso.
      assert (J : In q (of_length 0 (q :: qs))); [|rewrite F in J; destruct J].
      apply filter_In. split; [left; reflexivity|]. apply Nat.eqb_eq. specialize (most q (or_introl eq_refl)). lia.
    + rewrite <- F. apply (longest_are_narrowest 0 p0); auto. rewrite F. left. reflexivity.
  - destruct (of_length (S n) (filter (matches x) ps)) as [|p0 l] eqn:F.
    + apply IH. intros p I. specialize (most p I). destruct (Nat.eq_dec (length p) (S n)) as [D | D]; [|lia]. exfalso.
      assert (J : In p (of_length (S n) (filter (matches x) ps))); [|rewrite F in J; destruct J].
      apply filter_In. split; [exact I | apply Nat.eqb_eq, D].
    + rewrite <- F. apply (longest_are_narrowest (S n) p0); auto. rewrite F. left. reflexivity.
Qed.

(** What the longest matching prefixes say is what the source says. *)
Theorem longest_prefix_match_equals_scan ps x :
  (forall p, In p ps -> (length p <= address_bits)%nat) ->
  unanimous (map row_of (longest address_bits x ps)) = opinion_of_rows (map row_of ps) (Address V4 x).
Proof.
  intros short. rewrite longest_is_narrowest; [|exact short | intros p I; apply filter_In in I; apply short, I].
  unfold narrowest_of, opinion_of_rows, holding, narrowest. rewrite !filter_map_rows. f_equal. f_equal.
  assert (H : filter (fun p => row_holds (Address V4 x) (row_of p)) ps = filter (matches x) ps).
  { apply filter_ext. intros p. apply matches_holds. }
  rewrite H. clear H. apply filter_ext. intros p. induction (filter (matches x) ps) as [|q qs IH]; [reflexivity|]. simpl. rewrite IH. reflexivity.
Qed.
