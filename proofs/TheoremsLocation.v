(** Theorems about where an address is. *)
From Coq Require Import Bool List ZArith Lia Permutation.
From Bailiwick Require Import Regions Addresses Sources.
Import ListNotations.
Open Scope Z_scope.

(** * One source *)

Lemma narrowest_in rs a x :
  In x (narrowest (holding rs a)) <->
  In x rs /\ row_holds a x = true /\ forall y, In y rs -> row_holds a y = true -> row_width x <= row_width y.
Proof.
  unfold narrowest, holding. rewrite filter_In, filter_In, forallb_forall. split.
  - intros [[I H] L]. repeat split; auto. intros y J K. apply Z.leb_le, L, filter_In. auto.
  - intros (I & H & L). repeat split; auto. intros y J. apply filter_In in J. apply Z.leb_le, L; apply J.
Qed.

Lemma unanimous_says rs r :
  unanimous rs = Says r <-> r <> Unknown /\ rs <> [] /\ forall x, In x rs -> row_region x = r.
Proof.
  destruct rs as [|x rest]; simpl; [split; [discriminate | intuition congruence]|].
  destruct (forallb (fun other => region_eqb (row_region x) (row_region other)) rest) eqn:E.
  - rewrite forallb_forall in E.
    assert (all : forall y, x = y \/ In y rest -> row_region y = row_region x).
    { intros y [<- | I]; auto. symmetry. apply region_eqb_eq, E, I. }
    split.
    + intros O. assert (S : row_region x = r /\ r <> Unknown).
      { unfold opinion_of_region in O. destruct (row_region x); inversion O; split; congruence. }
      destruct S as [<- K]. repeat split; auto; congruence.
    + intros (K & _ & same). rewrite (same x (or_introl eq_refl)). unfold opinion_of_region. destruct r; congruence.
  - split; [discriminate|]. intros (_ & _ & same). apply not_true_iff_false in E. destruct E.
    apply forallb_forall. intros y I. apply region_eqb_eq. rewrite (same x), (same y); auto.
Qed.

Lemma unanimous_disputed rs :
  unanimous rs = Disputed <-> exists x y, In x rs /\ In y rs /\ row_region x <> row_region y.
Proof.
  destruct rs as [|x rest]; simpl; [split; [discriminate | intros (x & y & [] & _)]|].
  destruct (forallb (fun other => region_eqb (row_region x) (row_region other)) rest) eqn:E.
  - rewrite forallb_forall in E. split.
    + unfold opinion_of_region. destruct (row_region x); discriminate.
    + intros (y & z & I & J & D). destruct D.
      assert (all : forall y, x = y \/ In y rest -> row_region x = row_region y).
      { intros v [<- | V]; auto. apply region_eqb_eq, E, V. }
      rewrite <- (all y I), <- (all z J). reflexivity.
  - split; auto. intros _. apply not_true_iff_false in E.
    destruct (existsb (fun other => negb (region_eqb (row_region x) (row_region other))) rest) eqn:D.
    + apply existsb_exists in D. destruct D as (y & I & D). apply negb_true_iff, region_eqb_neq in D. exists x, y. auto.
    + destruct E. apply forallb_forall. intros y I. apply not_false_iff_true. intros N.
      apply not_true_iff_false in D. apply D, existsb_exists. exists y. rewrite N. auto.
Qed.

(** The opinion of rows depends on the set of the narrowest ones. *)
Lemma unanimous_same rs rs' : (forall x, In x rs <-> In x rs') -> unanimous rs = unanimous rs'.
Proof.
  intros same. destruct (unanimous rs') as [|r|] eqn:E.
  - destruct (unanimous rs) as [|r|] eqn:F; auto; exfalso.
    + apply unanimous_says in F. destruct F as (K & some & all).
      assert (X : unanimous rs' = Says r); [|congruence]. apply unanimous_says. repeat split; auto.
      * intros ->. destruct rs as [|x rest]; [congruence|]. destruct (proj1 (same x) (or_introl eq_refl)).
      * intros x I. apply all, same, I.
    + apply unanimous_disputed in F. destruct F as (x & y & I & J & D).
      assert (X : unanimous rs' = Disputed); [|congruence]. apply unanimous_disputed. exists x, y. rewrite <- !same. auto.
  - apply unanimous_says in E. destruct E as (K & some & all). apply unanimous_says. repeat split; auto.
    + intros ->. destruct rs' as [|x rest]; [congruence|]. destruct (proj2 (same x) (or_introl eq_refl)).
    + intros x I. apply all, same, I.
  - apply unanimous_disputed in E. destruct E as (x & y & I & J & D). apply unanimous_disputed. exists x, y. rewrite !same. auto.
Qed.

Lemma opinion_of_rows_same rs rs' a : (forall x, In x rs <-> In x rs') -> opinion_of_rows rs a = opinion_of_rows rs' a.
Proof.
  intros same. apply unanimous_same. intros x. rewrite !narrowest_in. split; intros (I & H & L);
  (split; [apply same, I | split; [exact H | intros y J; apply L, same, J]]).
Qed.

(** The region that a source says is that of each of its narrowest rows that hold the address, and there is one. *)
Theorem a_source_says_what_its_narrowest_rows_say s a r :
  opinion_of s a = Says r ->
  r <> Unknown
  /\ (exists x, In x (rows s) /\ row_holds a x = true /\ row_region x = r)
  /\ forall x, In x (rows s) -> row_holds a x = true ->
     (forall y, In y (rows s) -> row_holds a y = true -> row_width x <= row_width y) -> row_region x = r.
Proof.
  unfold opinion_of. destruct (_ && _); [discriminate|]. intros S. apply unanimous_says in S.
  destruct S as (K & some & all). split; [exact K|]. split.
  - destruct (narrowest (holding (rows s) a)) as [|x rest] eqn:N; [congruence|]. exists x.
    assert (I : In x (narrowest (holding (rows s) a))) by (rewrite N; left; auto).
    apply narrowest_in in I. split; [apply I|]. split; [apply I|]. apply all. left. auto.
  - intros x I H L. apply all, narrowest_in. auto.
Qed.

(** * Special-purpose addresses *)

Lemma special_of_own_row s a x :
  lists_own_networks s = true -> In x (rows s) -> row_holds a x = true -> is_special a = true.
Proof.
  unfold lists_own_networks. rewrite andb_true_iff, forallb_forall. intros [_ all] I H.
  apply all in I. unfold lies_in_special in I. apply existsb_exists in I. destruct I as (n & J & W).
  unfold is_special. apply some_holds_iff. exists n. split; auto. eapply within_holds; eauto.
Qed.

(** At a special-purpose address only a source speaks all of whose rows are special, and that none publishes. *)
Theorem special_addresses_are_spoken_for_by_own_lists_alone s a :
  is_special a = true -> opinion_of s a <> Silent ->
  published s = false /\ forall x, In x (rows s) -> lies_in_special (row_span x) = true.
Proof.
  unfold opinion_of. intros S. rewrite S. destruct (lists_own_networks s) eqn:own; simpl; [|congruence]. intros _.
  unfold lists_own_networks in own. rewrite andb_true_iff, negb_true_iff, forallb_forall in own. exact own.
Qed.

(** And such a source speaks nowhere else. *)
Theorem own_lists_speak_at_special_addresses_alone s a :
  lists_own_networks s = true -> opinion_of s a <> Silent -> is_special a = true.
Proof.
  intros own. unfold opinion_of. rewrite own, andb_false_r. unfold opinion_of_rows. intros speaks.
  destruct (narrowest (holding (rows s) a)) as [|x rest] eqn:N; [destruct speaks; reflexivity|].
  assert (I : In x (narrowest (holding (rows s) a))) by (rewrite N; left; auto). apply narrowest_in in I.
  apply (special_of_own_row s a x own); apply I.
Qed.

(** * All sources *)

Lemma placing_in r os : In r (placing os) <-> In (Says r) os.
Proof.
  unfold placing. rewrite in_flat_map. split.
  - intros (o & I & R). destruct o as [|x|]; simpl in R; try tauto. destruct R as [-> | []]. exact I.
  - intros I. exists (Says r). simpl. auto.
Qed.

Lemma disputed_in os : existsb is_disputed os = true <-> In Disputed os.
Proof.
  rewrite existsb_exists. split; [intros ([] & I & D); try discriminate; exact I | intros I; exists Disputed; auto].
Qed.

Lemma all_agree_iff rs : all_agree rs = true <-> forall a b, In a rs -> In b rs -> agree a b = true.
Proof.
  unfold all_agree. rewrite forallb_forall. split.
  - intros all a b I J. specialize (all a I). rewrite forallb_forall in all. auto.
  - intros all a I. apply forallb_forall. auto.
Qed.

Lemma agree_known a b : agree a b = true -> a <> Unknown /\ b <> Unknown.
Proof. unfold agree. rewrite orb_true_iff. intros [C | C]; apply covers_known in C; tauto. Qed.

Lemma agree_symmetric a b : agree a b = agree b a.
Proof. apply orb_comm. Qed.

Lemma widest_iff rs r : widest rs = Some r <-> In r rs /\ forall x, In x rs -> covers r x = true.
Proof.
  unfold widest. split.
  - intros F. apply find_some in F. rewrite forallb_forall in F. exact F.
  - intros [I C]. destruct (find (fun r => forallb (covers r) rs) rs) as [x|] eqn:F.
    + apply find_some in F. rewrite forallb_forall in F. destruct F as [J D]. f_equal. apply covers_antisymmetric; auto.
    + apply find_none with (x := r) in F; auto. apply not_true_iff_false in F. destruct F. apply forallb_forall. auto.
Qed.

(** Regions that agree in pairs have a widest one: the rule is never left without an answer. *)
Theorem those_that_agree_have_a_widest rs : rs <> [] -> all_agree rs = true -> exists r, widest rs = Some r.
Proof.
  induction rs as [|x rest IH]; [congruence|]. intros _ A.
  destruct rest as [|y rest'].
  - exists x. apply widest_iff. split; [left; auto|]. intros z [<- | []].
    apply covers_reflexive. rewrite all_agree_iff in A.
    eapply agree_known. apply (A x x); left; auto.
  - set (rest := y :: rest') in *.
    assert (A' : all_agree rest = true).
    { rewrite all_agree_iff in *. intros a b I J. apply A; right; auto. }
    destruct IH as (w & W); [subst rest; congruence | exact A' |]. apply widest_iff in W. destruct W as [I C].
    rewrite all_agree_iff in A. assert (X : agree x w = true) by (apply A; [left | right]; auto).
    assert (K := proj1 (agree_known _ _ X)).
    unfold agree in X. apply orb_true_iff in X. destruct X as [X | X].
    + exists x. apply widest_iff. split; [left; auto|]. intros z [<- | J]; [apply covers_reflexive, K|].
      eapply covers_transitive; [exact X | apply C, J].
    + exists w. apply widest_iff. split; [right; auto|]. intros z [<- | J]; auto.
Qed.

Lemma find_failing {A} (p : A -> bool) l : forallb p l = false -> exists x, In x l /\ p x = false.
Proof.
  induction l as [|x l IH]; simpl; [discriminate|]. destruct (p x) eqn:P; simpl.
  - intros F. destruct (IH F) as (y & I & Q). eauto.
  - eauto.
Qed.

Lemma agreement_located min os r :
  agreement min os = Located r <->
  ~ In Disputed os /\ In (Says r) os /\ (forall x, In (Says x) os -> covers r x = true)
  /\ (forall x y, In (Says x) os -> In (Says y) os -> agree x y = true) /\ (min <= length (placing os))%nat.
Proof.
  unfold agreement. destruct (existsb is_disputed os) eqn:D; simpl.
  - apply disputed_in in D. split; [discriminate | intros [N _]; contradiction].
  - assert (N : ~ In Disputed os) by (rewrite <- disputed_in; congruence).
    destruct (all_agree (placing os)) eqn:A; simpl.
    + rewrite all_agree_iff in A. split.
      * destruct (widest (placing os)) as [w|] eqn:W; [|discriminate].
        destruct (Nat.leb min (length (placing os))) eqn:M; [|discriminate]. intros [= <-].
        apply widest_iff in W. destruct W as [I C]. apply Nat.leb_le in M.
        split; [exact N|]. split; [apply placing_in, I|]. split; [intros x J; apply C, placing_in, J|].
        split; [intros x y J K; apply A; apply placing_in; auto | exact M].
      * intros (_ & I & C & _ & M).
        assert (W : widest (placing os) = Some r).
        { apply widest_iff. split; [apply placing_in, I | intros x J; apply C, placing_in, J]. }
        rewrite W. apply Nat.leb_le in M. rewrite M. reflexivity.
    + split; [discriminate|]. intros (_ & _ & _ & P & _). apply not_true_iff_false in A. destruct A.
      apply all_agree_iff. intros a b I J. apply P; apply placing_in; auto.
Qed.

Lemma agreement_contested min os :
  agreement min os = Contested <->
  In Disputed os \/ exists x y, In (Says x) os /\ In (Says y) os /\ agree x y = false.
Proof.
  unfold agreement. destruct (existsb is_disputed os) eqn:D; simpl.
  - apply disputed_in in D. tauto.
  - assert (N : ~ In Disputed os) by (rewrite <- disputed_in; congruence).
    destruct (all_agree (placing os)) eqn:A; simpl.
    + split.
      * destruct (widest _); [destruct (Nat.leb _ _)|]; discriminate.
      * intros [C | (x & y & I & J & B)]; [contradiction|]. rewrite all_agree_iff in A.
        rewrite (A x y) in B; [discriminate | apply placing_in; auto ..].
    + split; auto. intros _. right.
      destruct (find_failing _ _ A) as (x & I & B). destruct (find_failing _ _ B) as (y & J & C).
      exists x, y. repeat split; auto; apply placing_in; auto.
Qed.

(** Where sources agree, the answer is what one of them says, covers what every other says, and enough of them place the address;
    no list that excludes holds it. *)
Theorem a_located_address_is_where_sources_agree min ss a r :
  locate min ss a = Located r ->
  excluded ss a = false
  /\ (exists s, In s ss /\ excludes s = false /\ opinion_of s a = Says r)
  /\ (forall s, In s ss -> excludes s = false -> opinion_of s a = Silent \/ exists x, opinion_of s a = Says x /\ covers r x = true)
  /\ (min <= length (placing (opinions ss a)))%nat.
Proof.
  unfold locate. destruct (excluded ss a); [discriminate|]. rewrite agreement_located.
  intros (N & I & C & _ & M). split; [reflexivity|]. unfold opinions in *. split; [|split; [|exact M]].
  - apply in_map_iff in I. destruct I as (s & E & I). apply filter_In in I. destruct I as [I X].
    apply negb_true_iff in X. eauto.
  - intros s J X. assert (K : In (opinion_of s a) (map (fun s => opinion_of s a) (speaking ss))).
    { apply in_map_iff. exists s. split; auto. apply filter_In. rewrite X. auto. }
    destruct (opinion_of s a) as [|x|]; [left; reflexivity | right; exists x; auto | contradiction].
Qed.

(** * Exclusions *)

(** Wherever a row of a list that excludes holds an address, it is unlocated, whatever else is said. *)
Lemma excluded_is_unlocated min ss a s x :
  In s ss -> excludes s = true -> In x (rows s) -> row_holds a x = true -> locate min ss a = Unlocated.
Proof.
  intros I X J H. unfold locate. replace (excluded ss a) with true; auto. symmetry.
  unfold excluded. apply existsb_exists. exists s. rewrite X. split; auto. apply existsb_exists. eauto.
Qed.

(** A list that excludes changes no answer elsewhere: it places nothing, contests nothing and is not counted. *)
Theorem exclusions_are_silent_elsewhere min before s after a :
  excludes s = true -> existsb (row_holds a) (rows s) = false ->
  locate min (before ++ s :: after) a = locate min (before ++ after) a.
Proof.
  intros X H. unfold locate, excluded, opinions, speaking. rewrite !existsb_app, !filter_app. simpl. rewrite X, H. reflexivity.
Qed.

(** * Order and duplicates of sources and rows *)

(** Sources that differ in the order and the repetition of rows. *)
Record same_source (s s' : source) : Prop := {
  same_rows : forall x, In x (rows s) <-> In x (rows s');
  same_excludes : excludes s = excludes s';
  same_published : published s = published s'
}.

Lemma forallb_same {A} (p : A -> bool) l l' : (forall x, In x l <-> In x l') -> forallb p l = forallb p l'.
Proof.
  intros same. apply eq_true_iff_eq. rewrite !forallb_forall. split; intros all x I; apply all, same, I.
Qed.

Lemma existsb_same {A} (p : A -> bool) l l' : (forall x, In x l <-> In x l') -> existsb p l = existsb p l'.
Proof.
  intros same. apply eq_true_iff_eq. rewrite !existsb_exists. split; intros (x & I & P); exists x; split; auto; apply same; auto.
Qed.

Lemma same_source_opinion s s' a : same_source s s' -> opinion_of s a = opinion_of s' a.
Proof.
  intros [R _ P]. unfold opinion_of, lists_own_networks. rewrite P, (forallb_same _ _ _ R), (opinion_of_rows_same _ _ a R).
  reflexivity.
Qed.

Lemma agreement_permutation min os os' : Permutation os os' -> agreement min os = agreement min os'.
Proof.
  intros perm.
  assert (same : forall o, In o os <-> In o os').
  { intros o. split; apply Permutation_in; [|apply Permutation_sym]; exact perm. }
  assert (size : length (placing os) = length (placing os')).
  { apply Permutation_length. unfold placing. apply Permutation_flat_map, perm. }
  destruct (agreement min os') as [r| |] eqn:E.
  - apply agreement_located in E. apply agreement_located. rewrite size. destruct E as (N & I & C & P & M).
    repeat split; auto.
    + rewrite same. exact N.
    + apply same, I.
    + intros x J. apply C, same, J.
    + intros x y J K. apply P; apply same; auto.
  - apply agreement_contested in E. apply agreement_contested. destruct E as [D | (x & y & I & J & B)].
    + left. apply same, D.
    + right. exists x, y. rewrite !same. auto.
  - destruct (agreement min os) as [r| |] eqn:F; auto; exfalso.
    + apply agreement_located in F. destruct F as (N & I & C & P & M).
      assert (X : agreement min os' = Located r); [|congruence]. apply agreement_located. rewrite <- size. repeat split; auto.
      * rewrite <- same. exact N.
      * apply same, I.
      * intros x J. apply C, same, J.
      * intros x y J K. apply P; apply same; auto.
    + apply agreement_contested in F. assert (X : agreement min os' = Contested); [|congruence]. apply agreement_contested.
      destruct F as [D | (x & y & I & J & B)]; [left; apply same, D | right; exists x, y; rewrite <- !same; auto].
Qed.

Lemma same_sources_locate min ss ss' a : Forall2 same_source ss ss' -> locate min ss a = locate min ss' a.
Proof.
  intros same. unfold locate, opinions.
  assert (E : excluded ss a = excluded ss' a).
  { induction same as [|s s' ss ss' S same IH]; simpl; auto. destruct S as [R X _].
    rewrite IH, X, (existsb_same _ _ _ R). reflexivity. }
  assert (O : map (fun s => opinion_of s a) (speaking ss) = map (fun s => opinion_of s a) (speaking ss')).
  { clear E. induction same as [|s s' ss ss' S same IH]; simpl; auto. assert (X := same_excludes _ _ S). rewrite X.
    destruct (excludes s'); simpl; rewrite ?IH, ?(same_source_opinion _ _ a S); reflexivity. }
  rewrite E, O. reflexivity.
Qed.

Lemma permuted_sources_locate min ss ss' a : Permutation ss ss' -> locate min ss a = locate min ss' a.
Proof.
  intros perm. unfold locate, opinions.
  assert (E : excluded ss a = excluded ss' a).
  { apply existsb_same. intros s. split; apply Permutation_in; [|apply Permutation_sym]; exact perm. }
  rewrite E. destruct (excluded ss' a); auto. apply agreement_permutation, Permutation_map.
  unfold speaking. clear E. induction perm; simpl; auto.
  - destruct (negb _); auto.
  - destruct (negb _), (negb _); auto. constructor.
  - eapply perm_trans; eauto.
Qed.

(** The location depends neither on the order of sources nor on the order or the repetition of rows. *)
Theorem location_is_order_and_duplicate_independent min ss ss' ss'' a :
  Forall2 same_source ss ss' -> Permutation ss' ss'' -> locate min ss a = locate min ss'' a.
Proof. intros same perm. rewrite (same_sources_locate _ _ _ _ same). apply permuted_sources_locate, perm. Qed.
