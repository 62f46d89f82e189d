(** Theorems that need both the orders and the sources. *)
From Coq Require Import Bool List ZArith String Lia Permutation.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsDecision TheoremsLocation.
Import ListNotations.
Open Scope Z_scope.

(** * Exclusions and special-purpose addresses *)

Theorem excluded_is_never_blocked w q s x :
  In s (sources w) -> excludes s = true -> In x (rows s) -> row_holds (ip q) x = true -> ~ is_blocked w q.
Proof. intros I X J H. apply unlocated_is_never_blocked. eapply excluded_is_unlocated; eauto. Qed.

(** Nobody is blocked at a special-purpose address by what a provider publishes, nor by a source with a row elsewhere: only where a
    list of a backend's own networks places the address. *)
Theorem special_addresses_are_blocked_by_own_lists_alone w q :
  is_special (ip q) = true -> is_blocked w q ->
  exists s, In s (sources w) /\ excludes s = false /\ published s = false
            /\ (forall x, In x (rows s) -> lies_in_special (row_span x) = true)
            /\ exists x, In x (rows s) /\ row_holds (ip q) x = true.
Proof.
  intros S B. destruct (block_needs_jurisdiction w q B) as [some each].
  destruct (given (decide w q)) as [|i rest] eqn:G; [congruence|].
  destruct (each i (or_introl eq_refl)) as (o & r & _ & _ & _ & _ & L & _).
  destruct (a_located_address_is_where_sources_agree _ _ _ _ L) as (_ & (s & I & X & O) & _).
  exists s. assert (speaks : opinion_of s (ip q) <> Silent) by congruence.
  destruct (special_addresses_are_spoken_for_by_own_lists_alone s (ip q) S speaks) as [P all].
  destruct (a_source_says_what_its_narrowest_rows_say s (ip q) r O) as (_ & (x & J & H & _) & _).
  repeat split; auto. eauto.
Qed.

(** * Order and duplicates *)

Definition same_set {A} (l l' : list A) : Prop := forall x, In x l <-> In x l'.

(** Orders that differ in the order and the repetition of what their lists have. *)
Record same_order (o o' : order) : Prop := {
  same_id : id o = id o';
  same_issuer : issued_by o = issued_by o';
  same_status : order_status o = order_status o';
  same_effective : effective o = effective o';
  same_expires : expires o = expires o';
  same_meetings : same_set (meetings o) (meetings o');
  same_accounts : same_set (accounts o) (accounts o');
  same_regions : same_set (regions o) (regions o');
  same_networks : same_set (networks o) (networks o');
  same_exempt : same_set (exempt o) (exempt o')
}.

(** Dockets that differ in the order and the repetition of orders, of what their lists have, and of the members of groups. *)
Record same_docket (d d' : docket) : Prop := {
  same_groups : forall name, same_set (group name (groups d)) (group name (groups d'));
  same_orders : forall o, In o (orders d) -> exists o', In o' (orders d') /\ same_order o o';
  same_orders_back : forall o', In o' (orders d') -> exists o, In o (orders d) /\ same_order o o'
}.

Lemma same_set_cover l l' r : same_set l l' -> cover l r = cover l' r.
Proof. intros same. apply existsb_same, same. Qed.

Lemma same_set_empty {A} (l l' : list A) : same_set l l' -> l = [] -> l' = [].
Proof. intros same ->. destruct l' as [|x rest]; auto. destruct (proj2 (same x) (or_introl eq_refl)). Qed.

Lemma same_issuer_covers gs gs' o o' r :
  (forall name, same_set (group name gs) (group name gs')) -> same_order o o' ->
  issuer_covers gs o r = issuer_covers gs' o' r.
Proof.
  intros G S. unfold issuer_covers, jurisdiction. rewrite (same_issuer _ _ S). destruct (issued_by o'); auto.
  apply same_set_cover, G.
Qed.

Lemma same_order_reaches gs gs' o o' l a :
  (forall name, same_set (group name gs) (group name gs')) -> same_order o o' ->
  reaches gs o l a = reaches gs' o' l a.
Proof.
  intros G S. destruct l as [r| |]; auto. simpl. rewrite (same_issuer_covers _ _ _ _ r G S).
  assert (R : regions_admit o r = regions_admit o' r).
  { unfold regions_admit. assert (E := same_regions _ _ S).
    destruct (regions o) as [|x xs] eqn:A; [rewrite (same_set_empty _ _ E eq_refl); auto|].
    destruct (regions o') as [|y ys] eqn:B.
    - destruct (proj1 (E x) (or_introl eq_refl)).
    - apply same_set_cover, E. }
  assert (N : networks_admit o a = networks_admit o' a).
  { unfold networks_admit. assert (E := same_networks _ _ S).
    destruct (networks o) as [|x xs] eqn:A; [rewrite (same_set_empty _ _ E eq_refl); auto|].
    destruct (networks o') as [|y ys] eqn:B.
    - destruct (proj1 (E x) (or_introl eq_refl)).
    - apply existsb_same, E. }
  assert (X : some_holds (exempt o) a = some_holds (exempt o') a) by (apply existsb_same, (same_exempt _ _ S)).
  rewrite R, N, X. reflexivity.
Qed.

Lemma same_order_in_force o o' t : same_order o o' -> in_force o t = in_force o' t.
Proof. intros S. unfold in_force. rewrite (same_status _ _ S), (same_effective _ _ S), (same_expires _ _ S). reflexivity. Qed.

Lemma same_order_names o o' q : same_order o o' -> names o q = names o' q.
Proof.
  intros S. unfold names. rewrite (existsb_same _ _ _ (same_meetings _ _ S)). f_equal.
  destruct (host q); auto. apply existsb_same, (same_accounts _ _ S).
Qed.

Lemma same_docket_decide d d' l q : same_docket d d' -> decide_at d l q = decide_at d' l q.
Proof.
  intros [G F B]. apply decide_at_same; intros i; rewrite !ids_in.
  - split; intros (o & I & <-); apply named_in in I; destruct I as (I & T & N);
      [destruct (F o I) as (o' & J & S); exists o' | destruct (B o I) as (o' & J & S); exists o'];
      (split; [apply named_in; split; [exact J|] | rewrite (same_id _ _ S); auto]).
    + rewrite <- (same_order_in_force _ _ _ S), <- (same_order_names _ _ _ S). auto.
    + rewrite (same_order_in_force _ _ _ S), (same_order_names _ _ _ S). auto.
  - split; intros (o & I & <-); apply reaching_in in I; destruct I as (I & T & N & R);
      [destruct (F o I) as (o' & J & S); exists o' | destruct (B o I) as (o' & J & S); exists o'];
      (split; [apply reaching_in; split; [exact J|] | rewrite (same_id _ _ S); auto]).
    + rewrite <- (same_order_in_force _ _ _ S), <- (same_order_names _ _ _ S), <- (same_order_reaches _ _ _ _ _ _ G S). auto.
    + rewrite (same_order_in_force _ _ _ S), (same_order_names _ _ _ S), (same_order_reaches _ _ _ _ _ _ G S). auto.
  - split; intros (o & I & <-); apply domestics_in in I; destruct I as (I & T & N & C);
      [destruct (F o I) as (o' & J & S); exists o' | destruct (B o I) as (o' & J & S); exists o'];
      (split; [apply domestics_in; split; [exact J|] | rewrite (same_id _ _ S); auto]).
    + rewrite <- (same_order_in_force _ _ _ S), <- (same_order_names _ _ _ S), <- (same_issuer_covers _ _ _ _ _ G S). auto.
    + rewrite (same_order_in_force _ _ _ S), (same_order_names _ _ _ S), (same_issuer_covers _ _ _ _ _ G S). auto.
Qed.

(** The whole answer, ids and host account included, depends neither on the order of anything nor on repetition: of orders, of names
    in a list, of regions, networks and exemptions, of members of groups, of rows; nor on the order of sources. *)
Theorem order_and_duplicate_independent w w' between q :
  same_docket (docket_of w) (docket_of w') -> min_sources w = min_sources w' ->
  Forall2 same_source (sources w) between -> Permutation between (sources w') ->
  decide w q = decide w' q.
Proof.
  intros D M S P. unfold decide, location_of.
  rewrite M, (location_is_order_and_duplicate_independent _ _ _ _ _ S P). apply same_docket_decide, D.
Qed.

(** * IPv4-mapped addresses *)

Lemma some_holds_canonical ss a : some_holds ss (canonical a) = some_holds ss a.
Proof. unfold some_holds. induction ss as [|s ss IH]; simpl; auto. rewrite holds_canonical, IH. reflexivity. Qed.

Lemma existsb_ext {A} (p p' : A -> bool) l : (forall x, p x = p' x) -> existsb p l = existsb p' l.
Proof. intros same. induction l as [|x l IH]; simpl; auto. rewrite same, IH. reflexivity. Qed.

(** Whatever agrees on what each range holds agrees on the place. *)
Lemma locate_by_ranges min ss a b :
  (forall n, In n special_networks -> holds n a = holds n b) ->
  (forall s x, In s ss -> In x (rows s) -> row_holds a x = row_holds b x) ->
  locate min ss a = locate min ss b.
Proof.
  intros N R. unfold locate, opinions.
  assert (X : excluded ss a = excluded ss b).
  { unfold excluded. induction ss as [|s ss IH]; simpl; auto. rewrite IH by (intros; eapply R; simpl; eauto). f_equal. f_equal.
    assert (Rs := fun x => R s x (or_introl eq_refl)). clear -Rs. induction (rows s) as [|x xs IH]; simpl; auto.
    rewrite (Rs x), IH; simpl; auto. intros y I. apply Rs. right. exact I. }
  assert (S : is_special a = is_special b).
  { unfold is_special, some_holds. clear -N. induction special_networks as [|n ns IH]; simpl; auto.
    rewrite (N n), IH; simpl; auto. intros m I. apply N. right. exact I. }
  assert (O : map (fun s => opinion_of s a) (speaking ss) = map (fun s => opinion_of s b) (speaking ss)).
  { apply map_ext_in. intros s I. apply filter_In in I. destruct I as [I _]. unfold opinion_of. rewrite S.
    destruct (_ && _); auto. unfold opinion_of_rows, holding. f_equal. f_equal. apply filter_ext_in. intros x J. eapply R; eauto. }
  rewrite X, O. reflexivity.
Qed.

(** A question about another address. *)
Definition asked_of (a : address) (q : question) : question :=
  {| meeting := meeting q; host := host q; ip := a; home := home q; at_time := at_time q |}.

(** A mapped address gets the whole answer of the plain one. *)
Theorem mapped_v4_equals_v4 w q n :
  0 <= n < 2 ^ 32 ->
  decide w (asked_of (Address V6 (mapped_first + n)) q) = decide w (asked_of (Address V4 n) q)
  /\ location_of w (Address V6 (mapped_first + n)) = location_of w (Address V4 n).
Proof.
  intros bound.
  assert (H : forall s, holds s (Address V6 (mapped_first + n)) = holds s (Address V4 n)).
  { intros s. rewrite <- holds_canonical, (canonical_mapped n bound). reflexivity. }
  assert (S : forall ss, some_holds ss (Address V6 (mapped_first + n)) = some_holds ss (Address V4 n)).
  { intros ss. apply existsb_ext, H. }
  assert (L : location_of w (Address V6 (mapped_first + n)) = location_of w (Address V4 n)).
  { apply locate_by_ranges; intros; [|unfold row_holds]; apply H. }
  split; [|exact L]. unfold decide. simpl. rewrite L. unfold decide_at, domestics, reaching, named. simpl.
  f_equal. f_equal. apply filter_ext. intros o. destruct (location_of w (Address V4 n)); auto. simpl.
  unfold networks_admit. rewrite !S. destruct (networks o); auto. rewrite S. reflexivity.
Qed.

(** A mapped range in data is the plain one: it holds and hides the same, is as wide and as special. *)
Theorem mapped_ranges_equal_v4_ranges f l a :
  0 <= f <= l -> l < 2 ^ 32 ->
  let mapped := Span V6 (mapped_first + f) (mapped_first + l) in
  holds mapped a = holds (Span V4 f l) a
  /\ width mapped = width (Span V4 f l)
  /\ lies_in_special mapped = lies_in_special (Span V4 f l).
Proof.
  intros F L mapped. destruct mapped_block as (M & P & _). rewrite P in *.
  assert (R : read_span mapped = read_span (Span V4 f l)).
  { unfold mapped, read_span.
    replace (mapped_first <=? mapped_first + f) with true by (symmetry; apply Z.leb_le; lia).
    replace (mapped_first + l <=? mapped_last) with true by (symmetry; apply Z.leb_le; lia).
    simpl. f_equal; lia. }
  unfold holds, lies_in_special. repeat split.
  - rewrite R. reflexivity.
  - unfold mapped, width. simpl. lia.
  - apply existsb_ext. intros n. unfold within. rewrite R. reflexivity.
Qed.
