-- The schema after 0016_claims_refused
CREATE TABLE "tortoise_migrations" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "app" VARCHAR(255) NOT NULL,
    "name" VARCHAR(255) NOT NULL,
    "applied_at" TIMESTAMP NOT NULL,
    CONSTRAINT "uid_tortoise_mi_app_3803a5" UNIQUE ("app", "name")
);
CREATE TABLE "brand" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "slug" VARCHAR(40) NOT NULL UNIQUE,
    "name" VARCHAR(80) NOT NULL,
    "language" VARCHAR(5) NOT NULL,
    "languages" JSON NOT NULL,
    "taglines" JSON NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "wait_limit_s" INT NOT NULL,
    "open_admission" INT NOT NULL,
    "created_at" TIMESTAMP NOT NULL
, "retention_days" INT, "rules" JSON, "dispatch" JSON, "recruiting" INT NOT NULL DEFAULT 1, "welcome" JSON, "paged_until" TIMESTAMP, "paging" JSON);
CREATE TABLE "account" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "email" VARCHAR(254) NOT NULL UNIQUE,
    "name" VARCHAR(60) NOT NULL,
    "password_hash" VARCHAR(200) NOT NULL,
    "role" VARCHAR(12) NOT NULL,
    "language" VARCHAR(5) NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "disabled_at" TIMESTAMP,
    "brand_id" INT REFERENCES "brand" ("id") ON DELETE RESTRICT
, "may_reveal" INT NOT NULL DEFAULT 0);
CREATE TABLE "brandkey" (
    "kek" VARCHAR(40) NOT NULL,
    "wrapped" BLOB NOT NULL,
    "brand_id" INT NOT NULL  PRIMARY KEY REFERENCES "brand" ("id") ON DELETE RESTRICT
);
CREATE TABLE "customer" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "created_at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT
);
CREATE TABLE "customerkey" (
    "wrapped" BLOB NOT NULL,
    "customer_id" INT NOT NULL  PRIMARY KEY REFERENCES "customer" ("id") ON DELETE CASCADE
);
CREATE TABLE "expert" (
    "languages" JSON NOT NULL,
    "capacity" INT NOT NULL,
    "live" INT NOT NULL,
    "available" INT NOT NULL,
    "account_id" INT NOT NULL  PRIMARY KEY REFERENCES "account" ("id") ON DELETE RESTRICT
, "time_zone" VARCHAR(40), "away" VARCHAR(8), "lost_at" TIMESTAMP, "rests_until" TIMESTAMP, "seen_at" TIMESTAMP);
CREATE TABLE "login" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "token_hash" VARCHAR(64) NOT NULL UNIQUE,
    "device" VARCHAR(120) NOT NULL,
    "made_at" TIMESTAMP NOT NULL,
    "seen_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP,
    "account_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE
, "proved_at" TIMESTAMP);
CREATE TABLE "standing" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "mu" REAL NOT NULL,
    "v" REAL NOT NULL,
    "ratings" INT NOT NULL,
    "resolved" INT NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "changed_at" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT, "capacity" SMALLINT NOT NULL DEFAULT 1, "reentered" INT, "claims_seen_at" TIMESTAMP,
    CONSTRAINT "uid_standing_expert__48c81e" UNIQUE ("expert_id", "brand_id")
);
CREATE TABLE "topic" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "names" JSON NOT NULL,
    "reward" INT NOT NULL,
    "position" INT NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT
);
CREATE TABLE "chat" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "status" VARCHAR(10) NOT NULL,
    "language" VARCHAR(5) NOT NULL,
    "question" JSON NOT NULL,
    "reward" INT NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "seq" INT NOT NULL,
    "asked_at" TIMESTAMP NOT NULL,
    "expires_at" TIMESTAMP NOT NULL,
    "claimed_at" TIMESTAMP,
    "said_at" TIMESTAMP NOT NULL,
    "ended_at" TIMESTAMP,
    "ended_by" VARCHAR(10),
    "email_token" VARCHAR(20),
    "answered_at" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "customer_id" INT NOT NULL REFERENCES "customer" ("id") ON DELETE RESTRICT,
    "expert_id" INT REFERENCES "account" ("id") ON DELETE RESTRICT,
    "topic_id" INT NOT NULL REFERENCES "topic" ("id") ON DELETE RESTRICT
, "hidden" INT NOT NULL DEFAULT 0, "offered_at" TIMESTAMP, "ring" SMALLINT NOT NULL DEFAULT 0, "widens_at" TIMESTAMP, "routed_by" VARCHAR(10) NOT NULL DEFAULT 'customer', "practice" INT NOT NULL DEFAULT 0, "asked_reward" INT, "card" VARCHAR(24) NOT NULL DEFAULT '', "grows_at" TIMESTAMP, "reply_due_at" TIMESTAMP, "returned" SMALLINT NOT NULL DEFAULT 0, "ring_before" SMALLINT NOT NULL DEFAULT 0, "settles_at" TIMESTAMP);
CREATE INDEX "idx_chat_brand_i_ec2b6a" ON "chat" ("brand_id", "status", "asked_at");
CREATE INDEX "idx_chat_expert__45f639" ON "chat" ("expert_id", "status");
CREATE INDEX "idx_chat_status_de3b2c" ON "chat" ("status", "expires_at");
CREATE TABLE "audit" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "action" VARCHAR(20) NOT NULL,
    "facts" JSON NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "actor_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "chat_id" INT REFERENCES "chat" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_audit_brand_i_fdfbeb" ON "audit" ("brand_id", "at");
CREATE TABLE "entry" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "key" VARCHAR(60) NOT NULL UNIQUE,
    "at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "chat_id" INT REFERENCES "chat" ("id") ON DELETE RESTRICT
);
CREATE TABLE "message" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "seq" INT NOT NULL,
    "author" VARCHAR(10) NOT NULL,
    "cid" VARCHAR(64) NOT NULL,
    "fingerprint" BLOB NOT NULL,
    "segments" JSON NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT, "amended" INT, "typed" BLOB,
    CONSTRAINT "uid_message_chat_id_b0cdb0" UNIQUE ("chat_id", "seq"),
    CONSTRAINT "uid_message_chat_id_cd8e22" UNIQUE ("chat_id", "author", "cid")
);
CREATE TABLE "posting" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "account" VARCHAR(40) NOT NULL,
    "currency" VARCHAR(3) NOT NULL,
    "amount" BIGINT NOT NULL,
    "entry_id" BIGINT NOT NULL REFERENCES "entry" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_posting_entry_i_635622" UNIQUE ("entry_id", "account")
);
CREATE INDEX "idx_posting_account_a04e3c" ON "posting" ("account", "currency");
CREATE TABLE "rating" (
    "topic_id" INT NOT NULL,
    "resolved" INT NOT NULL,
    "stars" SMALLINT NOT NULL,
    "comment" JSON NOT NULL,
    "baseline" REAL NOT NULL,
    "mu_after" REAL NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "chat_id" INT NOT NULL  PRIMARY KEY REFERENCES "chat" ("id") ON DELETE RESTRICT
, "blames" VARCHAR(8));
CREATE INDEX "idx_rating_brand_i_d8afe6" ON "rating" ("brand_id", "at");
CREATE INDEX "idx_rating_expert__20875f" ON "rating" ("expert_id", "at");
CREATE TABLE "skill" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "certified" INT NOT NULL,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE CASCADE,
    "topic_id" INT NOT NULL REFERENCES "topic" ("id") ON DELETE RESTRICT, "count" REAL NOT NULL DEFAULT 0, "positive" REAL NOT NULL DEFAULT 0, "languages" JSON,
    CONSTRAINT "uid_skill_expert__ef3bc7" UNIQUE ("expert_id", "topic_id")
);
CREATE INDEX "idx_skill_topic_i_17ed92" ON "skill" ("topic_id", "certified");
CREATE TABLE "vaultvalue" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(12) NOT NULL,
    "n" INT NOT NULL,
    "sealed" BLOB NOT NULL,
    "mark" BLOB,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT, "given" INT NOT NULL DEFAULT 0,
    CONSTRAINT "uid_vaultvalue_chat_id_82a091" UNIQUE ("chat_id", "kind", "n")
);
CREATE TABLE "solicitation" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "segments" JSON NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "account_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT
, "why" VARCHAR(12) NOT NULL DEFAULT 'solicitation', "after" INT NOT NULL DEFAULT 0);
CREATE INDEX "idx_solicitatio_chat_id_bd2a4b" ON "solicitation" ("chat_id", "at");
CREATE INDEX "idx_solicitatio_account_a627d5" ON "solicitation" ("account_id", "at");
CREATE TABLE "audithead" (
    "seq" INT NOT NULL,
    "digest" BLOB NOT NULL,
    "key" VARCHAR(40) NOT NULL,
    "seal" BLOB NOT NULL,
    "brand_id" INT NOT NULL  PRIMARY KEY REFERENCES "brand" ("id") ON DELETE RESTRICT
);
CREATE TABLE "auditlink" (
    "seq" INT NOT NULL,
    "key" VARCHAR(40) NOT NULL,
    "digest" BLOB NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "audit_id" BIGINT NOT NULL  PRIMARY KEY REFERENCES "audit" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_auditlink_brand_i_556a51" UNIQUE ("brand_id", "seq")
);
CREATE INDEX "idx_chat_custome_a0b0d1" ON "chat" ("customer_id");
CREATE INDEX "idx_vaultvalue_mark_645f8c" ON "vaultvalue" ("mark");
CREATE TRIGGER entry_refuses_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry rows are only ever added'); END;
CREATE TRIGGER entry_refuses_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry rows are only ever added'); END;
CREATE TRIGGER entry_refuses_replace BEFORE INSERT ON entry WHEN EXISTS (SELECT 1 FROM entry WHERE id = NEW.id OR key = NEW.key) BEGIN SELECT RAISE(ABORT, 'entry rows are only ever added'); END;
CREATE TRIGGER posting_refuses_update BEFORE UPDATE ON posting BEGIN SELECT RAISE(ABORT, 'posting rows are only ever added'); END;
CREATE TRIGGER posting_refuses_delete BEFORE DELETE ON posting BEGIN SELECT RAISE(ABORT, 'posting rows are only ever added'); END;
CREATE TRIGGER posting_refuses_replace BEFORE INSERT ON posting WHEN EXISTS (SELECT 1 FROM posting WHERE id = NEW.id OR (entry_id = NEW.entry_id AND account = NEW.account)) BEGIN SELECT RAISE(ABORT, 'posting rows are only ever added'); END;
CREATE TRIGGER audit_refuses_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are only ever added'); END;
CREATE TRIGGER audit_refuses_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit rows are only ever added'); END;
CREATE TRIGGER audit_refuses_replace BEFORE INSERT ON audit WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'audit rows are only ever added'); END;
CREATE TRIGGER auditlink_refuses_update BEFORE UPDATE ON auditlink BEGIN SELECT RAISE(ABORT, 'auditlink rows are only ever added'); END;
CREATE TRIGGER auditlink_refuses_delete BEFORE DELETE ON auditlink BEGIN SELECT RAISE(ABORT, 'auditlink rows are only ever added'); END;
CREATE TRIGGER auditlink_refuses_replace BEFORE INSERT ON auditlink WHEN EXISTS (SELECT 1 FROM auditlink WHERE audit_id = NEW.audit_id OR (brand_id = NEW.brand_id AND seq = NEW.seq)) BEGIN SELECT RAISE(ABORT, 'auditlink rows are only ever added'); END;
CREATE TABLE "offer" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "number" SMALLINT NOT NULL,
    "seats" JSON NOT NULL,
    "open" INT NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "made_at" TIMESTAMP NOT NULL,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_offer_chat_id_ed144d" UNIQUE ("chat_id", "number")
);
CREATE TABLE "reply" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "what" VARCHAR(8) NOT NULL,
    "reason" VARCHAR(12),
    "behind_ms" INT,
    "prompt" INT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_reply_chat_id_1ff19e" UNIQUE ("chat_id", "expert_id", "what")
);
CREATE INDEX "idx_reply_expert__ba545a" ON "reply" ("expert_id", "at");
CREATE INDEX "idx_chat_status_da8ea9" ON "chat" ("status", "widens_at");
CREATE INDEX "idx_entry_brand_i_8a5e87" ON "entry" ("brand_id", "at");
CREATE TABLE "example" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "language" VARCHAR(5) NOT NULL,
    "text" VARCHAR(500) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "topic_id" INT REFERENCES "topic" ("id") ON DELETE RESTRICT,
    "chat_id" INT  UNIQUE REFERENCES "chat" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_example_brand_i_c8b31e" ON "example" ("brand_id", "language", "topic_id");
CREATE TABLE "lesson" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "language" VARCHAR(5) NOT NULL,
    "version" INT NOT NULL,
    "taken_until" TIMESTAMP,
    "learnt" INT NOT NULL,
    "learnt_at" TIMESTAMP,
    "counts" BLOB,
    "threshold" REAL NOT NULL,
    "examples" INT NOT NULL,
    "margins_learnt" INT NOT NULL,
    "margins_at" TIMESTAMP,
    "margins" BLOB,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_lesson_brand_i_786d28" UNIQUE ("brand_id", "language")
);
CREATE TABLE "exam" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "language" VARCHAR(5) NOT NULL,
    "version" INT NOT NULL,
    "state" VARCHAR(10) NOT NULL,
    "most" INT NOT NULL,
    "minutes" INT NOT NULL,
    "attempts" INT NOT NULL,
    "pause_days" INT NOT NULL,
    "made_at" TIMESTAMP NOT NULL,
    "published_at" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_exam_brand_i_f9ce64" UNIQUE ("brand_id", "language", "version")
);
CREATE TABLE "invitation" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "note" VARCHAR(60) NOT NULL,
    "email" VARCHAR(254),
    "language" VARCHAR(5) NOT NULL,
    "most" INT NOT NULL,
    "used" INT NOT NULL,
    "made_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "revoked_at" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "made_by_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_invitation_brand_i_2e910b" ON "invitation" ("brand_id", "made_at");
CREATE INDEX "idx_invitation_ends_at_332706" ON "invitation" ("ends_at");
CREATE TABLE "application" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "languages" JSON NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "invitation_id" INT REFERENCES "invitation" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_application_expert__23679f" UNIQUE ("expert_id", "brand_id")
);
CREATE TABLE "attempt" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "topics" JSON NOT NULL,
    "drawn" JSON NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "sitting" VARCHAR(40)  UNIQUE,
    "reasons" JSON NOT NULL,
    "began_at" TIMESTAMP NOT NULL,
    "ends_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    "application_id" INT NOT NULL REFERENCES "application" ("id") ON DELETE RESTRICT,
    "chat_id" INT REFERENCES "chat" ("id") ON DELETE RESTRICT,
    "exam_id" INT NOT NULL REFERENCES "exam" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT
, "case_id" INT REFERENCES "gatecase" ("id") ON DELETE RESTRICT);
CREATE INDEX "idx_attempt_exam_id_5d3e65" ON "attempt" ("exam_id", "state");
CREATE INDEX "idx_attempt_expert__e3bf4e" ON "attempt" ("expert_id", "began_at");
CREATE INDEX "idx_attempt_state_3d8ac3" ON "attempt" ("state", "ends_at");
CREATE TABLE "question" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "topic_id" INT,
    "text" TEXT NOT NULL,
    "options" JSON NOT NULL,
    "right" JSON NOT NULL,
    "guide" TEXT NOT NULL,
    "exam_id" INT NOT NULL REFERENCES "exam" ("id") ON DELETE CASCADE
);
CREATE INDEX "idx_question_exam_id_e1142e" ON "question" ("exam_id");
CREATE TABLE "answer" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "given" JSON NOT NULL,
    "right" INT,
    "at" TIMESTAMP NOT NULL,
    "attempt_id" INT NOT NULL REFERENCES "attempt" ("id") ON DELETE CASCADE,
    "question_id" INT NOT NULL REFERENCES "question" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_answer_attempt_849c68" UNIQUE ("attempt_id", "question_id")
);
CREATE TABLE "terms" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "version" INT NOT NULL,
    "texts" JSON NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "author_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_terms_brand_i_5162f6" UNIQUE ("brand_id", "version")
);
CREATE TABLE "acceptance" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "language" VARCHAR(5) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "account_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "terms_id" INT NOT NULL REFERENCES "terms" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_acceptance_account_bb3aa9" UNIQUE ("account_id", "terms_id")
);
CREATE TABLE "vote" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "good" INT NOT NULL,
    "why" VARCHAR(300) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "answer_id" INT NOT NULL REFERENCES "answer" ("id") ON DELETE CASCADE,
    "voter_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_vote_answer__c4ead2" UNIQUE ("answer_id", "voter_id")
);
CREATE TABLE "gatecase" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "subject" VARCHAR(24)  UNIQUE,
    "dossier" JSON NOT NULL,
    "opened_at" TIMESTAMP NOT NULL,
    "decided_at" TIMESTAMP,
    "exam_from" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_gatecase_brand_i_c37bec" ON "gatecase" ("brand_id", "state");
CREATE INDEX "idx_gatecase_expert__d10b21" ON "gatecase" ("expert_id", "brand_id");
CREATE TABLE "decision" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "round" SMALLINT NOT NULL,
    "what" VARCHAR(10) NOT NULL,
    "reason" TEXT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "by_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "case_id" INT NOT NULL REFERENCES "gatecase" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_decision_case_id_0a8fa9" UNIQUE ("case_id", "round")
);
CREATE TABLE "movement" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "topic_id" INT,
    "what" VARCHAR(12) NOT NULL,
    "resolved" INT,
    "left" VARCHAR(12),
    "undone" INT NOT NULL DEFAULT 0,
    "baseline" REAL,
    "mu_before" REAL NOT NULL,
    "v_before" REAL NOT NULL,
    "mu_after" REAL NOT NULL,
    "v_after" REAL NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "chat_id" INT REFERENCES "chat" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_movement_chat_id_e55c95" UNIQUE ("chat_id", "what")
);
CREATE INDEX "idx_movement_brand_i_71ad42" ON "movement" ("brand_id", "at");
CREATE INDEX "idx_movement_expert__73038b" ON "movement" ("expert_id", "brand_id", "id");
CREATE TABLE "plea" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "what" VARCHAR(8) NOT NULL,
    "text" TEXT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "case_id" INT NOT NULL REFERENCES "gatecase" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_plea_case_id_3af290" UNIQUE ("case_id", "what")
);
CREATE TRIGGER decision_refuses_update BEFORE UPDATE ON decision BEGIN SELECT RAISE(ABORT, 'decision rows are only ever added'); END;
CREATE TRIGGER decision_refuses_delete BEFORE DELETE ON decision BEGIN SELECT RAISE(ABORT, 'decision rows are only ever added'); END;
CREATE TRIGGER decision_refuses_replace BEFORE INSERT ON decision WHEN EXISTS (SELECT 1 FROM decision WHERE id = NEW.id OR (case_id = NEW.case_id AND round = NEW.round)) BEGIN SELECT RAISE(ABORT, 'decision rows are only ever added'); END;
CREATE TABLE "handback" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "brand_id" INT NOT NULL,
    "reason" VARCHAR(12) NOT NULL,
    "counts" INT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_handback_chat_id_a8328d" UNIQUE ("chat_id", "expert_id")
);
CREATE INDEX "idx_handback_brand_i_0d6f79" ON "handback" ("brand_id", "at");
CREATE INDEX "idx_handback_expert__e10e8b" ON "handback" ("expert_id", "at");
CREATE TABLE "ticket" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "returned" SMALLINT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "heard_at" TIMESTAMP NOT NULL,
    "score" REAL NOT NULL,
    "state" VARCHAR(7) NOT NULL,
    "mark" VARCHAR(64),
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT, "refused" VARCHAR(14),
    CONSTRAINT "uid_ticket_chat_id_1e911a" UNIQUE ("chat_id", "returned", "expert_id")
);
CREATE INDEX "idx_ticket_expert__bb9d48" ON "ticket" ("expert_id", "at");
CREATE INDEX "idx_chat_status_586e7d" ON "chat" ("status", "settles_at");
CREATE INDEX "idx_chat_status_72aa43" ON "chat" ("status", "reply_due_at");
CREATE INDEX "idx_chat_status_2627f7" ON "chat" ("status", "grows_at");
CREATE INDEX "idx_expert_availab_6ba580" ON "expert" ("available", "lost_at");
CREATE TABLE "block" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "mark" VARCHAR(64),
    "reason" VARCHAR(300) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "until" TIMESTAMP,
    "lifted_at" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "by_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "customer_id" INT REFERENCES "customer" ("id") ON DELETE RESTRICT,
    "expert_id" INT REFERENCES "account" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_block_brand_i_c1e287" ON "block" ("brand_id", "expert_id");
CREATE INDEX "idx_block_brand_i_66696b" ON "block" ("brand_id", "mark");
CREATE INDEX "idx_block_expert__fb512d" ON "block" ("expert_id");
CREATE TABLE "device" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "side" VARCHAR(8) NOT NULL,
    "mark" VARCHAR(64) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_device_chat_id_afd97b" UNIQUE ("chat_id", "side")
);
CREATE INDEX "idx_device_brand_i_d97fdb" ON "device" ("brand_id", "mark");
CREATE INDEX "idx_device_at_223bfb" ON "device" ("at");
CREATE TABLE "patrol" (
    "seen_at" TIMESTAMP NOT NULL,
    "brand_id" INT NOT NULL  PRIMARY KEY REFERENCES "brand" ("id") ON DELETE RESTRICT
);
CREATE TABLE "review" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(20) NOT NULL,
    "seen" INT NOT NULL,
    "of" INT NOT NULL,
    "usual" REAL NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "place" VARCHAR(60)  UNIQUE,
    "at" TIMESTAMP NOT NULL,
    "closed_at" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "expert_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_review_brand_i_993fc3" ON "review" ("brand_id", "state", "at");
CREATE INDEX "idx_review_expert__58537c" ON "review" ("expert_id", "brand_id");
CREATE TABLE "evidence" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT,
    "review_id" INT NOT NULL REFERENCES "review" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_evidence_review__7bed3b" UNIQUE ("review_id", "chat_id")
);
CREATE INDEX "idx_evidence_chat_id_876957" ON "evidence" ("chat_id");
CREATE TABLE "report" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "side" VARCHAR(8) NOT NULL,
    "reason" VARCHAR(10) NOT NULL,
    "words" JSON NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "chat_id" INT NOT NULL REFERENCES "chat" ("id") ON DELETE RESTRICT,
    "review_id" INT NOT NULL UNIQUE REFERENCES "review" ("id") ON DELETE RESTRICT,
    CONSTRAINT "uid_report_chat_id_4ed64c" UNIQUE ("chat_id", "side")
);
CREATE TABLE "reviewdecision" (
    "what" VARCHAR(8) NOT NULL,
    "note" VARCHAR(300) NOT NULL,
    "at" TIMESTAMP NOT NULL,
    "actor_id" INT NOT NULL REFERENCES "account" ("id") ON DELETE RESTRICT,
    "review_id" INT NOT NULL  PRIMARY KEY REFERENCES "review" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_chat_brand_i_16db0d" ON "chat" ("brand_id", "ended_at");
CREATE INDEX "idx_entry_chat_id_74301f" ON "entry" ("chat_id");
CREATE TRIGGER reviewdecision_refuses_update BEFORE UPDATE ON reviewdecision BEGIN SELECT RAISE(ABORT, 'reviewdecision rows are only ever added'); END;
CREATE TRIGGER reviewdecision_refuses_delete BEFORE DELETE ON reviewdecision BEGIN SELECT RAISE(ABORT, 'reviewdecision rows are only ever added'); END;
CREATE TRIGGER reviewdecision_refuses_replace BEFORE INSERT ON reviewdecision WHEN EXISTS (SELECT 1 FROM reviewdecision WHERE review_id = NEW.review_id) BEGIN SELECT RAISE(ABORT, 'reviewdecision rows are only ever added'); END;
CREATE TABLE "reach" (
    "mail" INT NOT NULL,
    "push" INT NOT NULL,
    "webhook" INT NOT NULL,
    "quiet_from" SMALLINT,
    "quiet_to" SMALLINT,
    "paged_at" TIMESTAMP,
    "account_id" INT NOT NULL  PRIMARY KEY REFERENCES "account" ("id") ON DELETE CASCADE
);
CREATE TABLE "subscription" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "endpoint" TEXT NOT NULL,
    "digest" VARCHAR(64) NOT NULL UNIQUE,
    "public" VARCHAR(100) NOT NULL,
    "secret" VARCHAR(40) NOT NULL,
    "made_at" TIMESTAMP NOT NULL,
    "login_id" INT NOT NULL REFERENCES "login" ("id") ON DELETE CASCADE
);
CREATE TABLE "notice" (
    "id" INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    "kind" VARCHAR(10) NOT NULL,
    "way" VARCHAR(8) NOT NULL,
    "state" VARCHAR(8) NOT NULL,
    "tries" SMALLINT NOT NULL,
    "due_at" TIMESTAMP NOT NULL,
    "result" VARCHAR(40) NOT NULL,
    "made_at" TIMESTAMP NOT NULL,
    "done_at" TIMESTAMP,
    "brand_id" INT NOT NULL REFERENCES "brand" ("id") ON DELETE RESTRICT,
    "expert_id" INT REFERENCES "account" ("id") ON DELETE RESTRICT,
    "invitation_id" INT REFERENCES "invitation" ("id") ON DELETE RESTRICT,
    "subscription_id" INT REFERENCES "subscription" ("id") ON DELETE SET NULL,
    "topic_id" INT REFERENCES "topic" ("id") ON DELETE RESTRICT
);
CREATE INDEX "idx_notice_state_6c1f3c" ON "notice" ("state", "due_at");
CREATE INDEX "idx_notice_brand_i_8f8f80" ON "notice" ("brand_id", "made_at");
