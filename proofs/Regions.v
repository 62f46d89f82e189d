(** Regions, and which region covers which. *)
From Coq Require Import Bool String.

(** A region "is an ISO 3166-1 alpha-2 code (assigned codes, `XK` and the user-assigned ranges; `ZZ` is `UNKNOWN`) or a subdivision". A
    subdivision has its country's code and its own. *)
Inductive region :=
| Unknown
| Country (code : string)
| Subdivision (code part : string).

Definition region_eqb (a b : region) : bool :=
  match a, b with
  | Unknown, Unknown => true
  | Country x, Country y => String.eqb x y
  | Subdivision x s, Subdivision y t => String.eqb x y && String.eqb s t
  | _, _ => false
  end.

(** "`US-CA` -> `US`". *)
Definition country (r : region) : region :=
  match r with Subdivision code _ => Country code | _ => r end.

(** "A region covers itself, and a country covers its subdivisions (`US` covers `US-CA`). `UNKNOWN` covers nothing and nothing covers
    it." *)
Definition covers (a b : region) : bool :=
  negb (region_eqb a Unknown) && (region_eqb a b || region_eqb a (country b)).

Lemma region_eqb_eq a b : region_eqb a b = true <-> a = b.
Proof.
  destruct a, b; simpl; try (split; congruence).
  - rewrite String.eqb_eq. split; congruence.
  - rewrite andb_true_iff, !String.eqb_eq. split; [intros [-> ->] | intros [= -> ->]]; auto.
Qed.

Lemma region_eqb_refl a : region_eqb a a = true.
Proof. apply region_eqb_eq. reflexivity. Qed.

Lemma region_eqb_neq a b : region_eqb a b = false <-> a <> b.
Proof. rewrite <- not_true_iff_false, region_eqb_eq. reflexivity. Qed.

Lemma region_dec (a b : region) : {a = b} + {a <> b}.
Proof. decide equality; apply string_dec. Qed.

Lemma covers_iff a b : covers a b = true <-> a <> Unknown /\ (a = b \/ a = country b).
Proof.
  unfold covers. rewrite andb_true_iff, negb_true_iff, orb_true_iff, region_eqb_neq, !region_eqb_eq. reflexivity.
Qed.

Lemma country_country r : country (country r) = country r.
Proof. destruct r; reflexivity. Qed.

Theorem unknown_covers_nothing_and_nothing_covers_it r : covers Unknown r = false /\ covers r Unknown = false.
Proof.
  split; apply not_true_iff_false; rewrite covers_iff; simpl; intuition congruence.
Qed.

Lemma covers_known a b : covers a b = true -> a <> Unknown /\ b <> Unknown.
Proof. rewrite covers_iff. intros [known [-> | ->]]; split; auto. intros ->. apply known. reflexivity. Qed.

Theorem covers_reflexive r : r <> Unknown -> covers r r = true.
Proof. rewrite covers_iff. auto. Qed.

Theorem covers_transitive a b c : covers a b = true -> covers b c = true -> covers a c = true.
Proof.
  rewrite !covers_iff. intros [known [-> | ->]] [known' [-> | ->]]; split; auto.
  right. apply country_country.
Qed.

Theorem covers_antisymmetric a b : covers a b = true -> covers b a = true -> a = b.
Proof.
  rewrite !covers_iff. intros [_ [-> | E]] [_ [F | F]]; auto.
  destruct a, b; simpl in *; congruence.
Qed.

(** Regions nest: two that cover one region are one inside the other. *)
Theorem regions_nest a b c : covers a c = true -> covers b c = true -> covers a b = true \/ covers b a = true.
Proof.
  rewrite !covers_iff. intros [known [-> | ->]] [known' [-> | ->]]; auto.
Qed.

(** "An address located only in `CN` is not in `CN-GD`." *)
Theorem no_subdivision_covers_its_country code part : covers (Subdivision code part) (Country code) = false.
Proof. apply not_true_iff_false. rewrite covers_iff. simpl. intuition congruence. Qed.

(** "`CN` does not cover `HK`, `MO` or `TW`": no country covers another, nor a part of another. *)
Theorem no_country_covers_another a r : country r <> Country a -> covers (Country a) r = false.
Proof.
  intros other. apply not_true_iff_false. rewrite covers_iff. intros [_ [<- | E]]; apply other; auto.
Qed.

(** Some region of a list covers [r]. *)
Definition cover (rs : list region) (r : region) : bool := List.existsb (fun a => covers a r) rs.

Lemma cover_iff rs r : cover rs r = true <-> exists a, List.In a rs /\ covers a r = true.
Proof. apply List.existsb_exists. Qed.
