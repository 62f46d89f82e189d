(** The sweep of the compiled policy: what orders do at each location is worked out once, and an address is asked about only where the
    effect depends on it. It is the decisions one by one: `Policy::sweep_at`. *)
From Coq Require Import Bool List ZArith Sorted String.
From Bailiwick Require Import Regions Addresses Sources Ids Orders Decision TheoremsWorld Change Sweep Compiled.
From Bailiwick.Algorithms Require Import Segments.
Import ListNotations.

(** "No order reaches anybody there", "orders with a narrowing may reach some addresses there", "an order reaches everybody there". *)
Inductive effect := Nobody | OfAddress | Everybody.

Definition stronger (a b : effect) : effect :=
  match a, b with Everybody, _ | _, Everybody => Everybody | OfAddress, _ | _, OfAddress => OfAddress | Nobody, Nobody => Nobody end.

Definition effect_of_rule (r : rule) : effect := match rule_narrowing r with None => Everybody | Some _ => OfAddress end.

(** "The effect of the orders" at a location: the strongest of the rules whose area has it. *)
Definition effect_at (rs : list rule) (l : location) : effect :=
  fold_left (fun all r => if existsb (location_eqb l) (rule_area r) then stronger (effect_of_rule r) all else all) rs Nobody.

(** The effects by location, for each location of the atlas. *)
Definition effects (t : atlas) (rs : list rule) : list (location * effect) := map (fun l => (l, effect_at rs l)) (locations t).

(** Where the atlas has no such location, nobody is removed. *)
Fixpoint effect_in (es : list (location * effect)) (l : location) : effect :=
  match es with [] => Nobody | (k, e) :: rest => if location_eqb l k then e else effect_in rest l end.

(** The verdict about somebody who is removed: the orders that reach them. *)
Definition block_of (rs : list rule) (l : location) (a : address) (home : region) : verdict :=
  Verdict BlockParticipant (map rule_id (filter (fun r => rule_reaches r l a) rs))
    (hd_error (map rule_id (filter (fun r => cover (rule_jurisdiction r) home) rs))).

(** Names are looked up once, and effects are worked out once. *)
Definition sweep_compiled {K} (h : shape) (p : policy) (q : question) (people : list (K * address)) : swept K :=
  let rs := found h p q in
  let es := effects (the_atlas p) rs in
  fold_left
    (fun done person =>
      let a := snd person in
      let l := locate_compiled (the_atlas p) a in
      let removed := match effect_in es l with
                     | Nobody => false
                     | Everybody => true
                     | OfAddress => existsb (fun r => rule_reaches r l a) rs
                     end in
      if removed then Swept (to_remove done ++ [(fst person, block_of rs l a (home q))]) (staying done)
      else Swept (to_remove done) (staying done ++ [fst person]))
    people (Swept [] []).

(** What the effect at a location says of who is reached there. *)
Lemma effect_says rs l a :
  match effect_at rs l with
  | Nobody => existsb (fun r => rule_reaches r l a) rs = false
  | Everybody => existsb (fun r => rule_reaches r l a) rs = true
  | OfAddress => True
  end.
Proof.
  unfold effect_at.
  assert (G : forall all,
    match fold_left (fun all r => if existsb (location_eqb l) (rule_area r) then stronger (effect_of_rule r) all else all) rs all with
    | Nobody => all = Nobody /\ existsb (fun r => rule_reaches r l a) rs = false
    | Everybody => all = Everybody \/ existsb (fun r => rule_reaches r l a) rs = true
    | OfAddress => True
    end).
  { induction rs as [|r rs IH]; intros all; simpl; [destruct all; auto|].
    set (next := if existsb (location_eqb l) (rule_area r) then stronger (effect_of_rule r) all else all).
    specialize (IH next). destruct (fold_left _ rs next) eqn:E; auto.
    - destruct IH as [N F]. rewrite F, orb_false_r. unfold rule_reaches, next in *. clear next E.
      destruct (existsb (location_eqb l) (rule_area r)); simpl; [|auto].
      unfold effect_of_rule in N. destruct (rule_narrowing r), all; discriminate.
    - destruct IH as [N | F]; [|right; rewrite F; apply orb_true_r]. unfold next, rule_reaches in *. clear next E.
      destruct (existsb (location_eqb l) (rule_area r)); simpl; [|auto].
      unfold effect_of_rule in N. destruct (rule_narrowing r); [|auto]. destruct all; simpl in N; try discriminate. auto. }
  specialize (G Nobody). destruct (fold_left _ rs Nobody); auto; [apply G | destruct G; [discriminate | assumption]].
Qed.

Lemma effect_in_is t rs l : In l (locations t) -> effect_in (effects t rs) l = effect_at rs l.
Proof.
  unfold effects. induction (locations t) as [|k ls IH]; intros I; [destruct I|]. simpl. destruct (location_eqb l k) eqn:E.
  - apply location_eqb_sound in E. subst. reflexivity.
  - destruct I as [-> | I]; [rewrite location_eqb_refl in E; discriminate | apply IH, I].
Qed.

(** The verdict about anybody, by the rules found. *)
Lemma decide_is_block h p q a :
  decide_compiled h p (asked_of a q)
  = let rs := found h p q in
    let l := locate_compiled (the_atlas p) a in
    if existsb (fun r => rule_reaches r l a) rs then block_of rs l a (home q)
    else verdict_of (map rule_id rs) [] (map rule_id (filter (fun r => cover (rule_jurisdiction r) (home q)) rs)).
Proof.
  rewrite decide_by_found. change (found h p (asked_of a q)) with (found h p q). change (ip (asked_of a q)) with a.
  change (home (asked_of a q)) with (home q). cbv zeta. generalize (found h p q) as rs. intros rs.
  set (l := locate_compiled (the_atlas p) a). unfold block_of.
  set (domestics := map rule_id (filter (fun r => cover (rule_jurisdiction r) (home q)) rs)). clearbody domestics.
  assert (F : existsb (fun r => rule_reaches r l a) rs = match filter (fun r => rule_reaches r l a) rs with [] => false | _ => true end).
  { induction rs as [|r rs IH]; [reflexivity|]. simpl. destruct (rule_reaches r l a); [reflexivity | exact IH]. }
  rewrite F. destruct (filter (fun r => rule_reaches r l a) rs) as [|r reached] eqn:E; [reflexivity|].
  destruct rs as [|s rs]; [discriminate|]. reflexivity.
Qed.

Lemma is_block_verdict ids domestics : is_block (kind_of (verdict_of ids [] domestics)) = false.
Proof. destruct ids; reflexivity. Qed.

(** The sweep by locations removes those whom the decisions one by one block, with the same orders each, and keeps the others, in the
    given sequence. *)
Theorem a_sweep_by_locations_is_the_decisions_one_by_one {K} h w p q (people : list (K * address)) :
  compiles w -> is_policy_of h w p -> (forall key a, In (key, a) people -> real (canonical a)) ->
  sweep_compiled h p q people = sweep w q people.
Proof.
  intros C P R. unfold sweep_compiled, sweep. cbv zeta. generalize (@Swept K [] []) as done.
  induction people as [|[key a] rest IH]; intros done; [reflexivity|]. cbn [fold_left sweep_from fst snd].
  rewrite IH by (intros k b I; apply (R k b); right; exact I). f_equal. clear IH.
  assert (Ra : real (canonical a)) by (apply (R key a); left; reflexivity).
  rewrite <- (policy_decides h w p (asked_of a q) C P Ra). rewrite decide_is_block. cbv zeta.
  set (rs := found h p q). set (l := locate_compiled (the_atlas p) a).
  assert (I : In l (locations (the_atlas p))).
  { unfold l. rewrite (on_atlas _ _ _ _ _ P).
    rewrite the_compiled_atlas_locates_as_the_rule_does by (solve [apply C | exact Ra]). apply location_is_listed; [apply C | exact Ra]. }
  rewrite effect_in_is by exact I. assert (E := effect_says rs l a).
  assert (removed : match effect_at rs l with Nobody => false | Everybody => true | OfAddress => existsb (fun r => rule_reaches r l a) rs end
                  = existsb (fun r => rule_reaches r l a) rs) by (destruct (effect_at rs l); auto).
  rewrite removed. destruct (existsb (fun r => rule_reaches r l a) rs); [reflexivity|].
  assert (N := is_block_verdict (map rule_id rs) (map rule_id (filter (fun r => cover (rule_jurisdiction r) (home q)) rs))).
  destruct (kind_of _); [reflexivity | discriminate | reflexivity].
Qed.
