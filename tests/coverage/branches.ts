/**
 * Finds the branches in the library's code, and which of V8's counters tell
 * whether each was taken.
 *
 * V8 counts how often each range of the source ran. An `if` without an `else`
 * has no range for the path past it. That path was taken if the condition was
 * evaluated more often than the body ran.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { root } from "../runtimes/names.ts";

/** One of the ways in which the code can continue. */
export interface Branch {
  /** Relative to the root of the repository. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** The enclosing function, as `Class.method`, or "" at the top level. */
  readonly within: string;
  /** The source of the deciding expression, on one line. */
  readonly code: string;
  /**
   * The outcome that leads to this branch: `true` or `false`; `value` or
   * `nullish` for the operand of `??` and `?.`; `runs` for a function, a loop's
   * body or a `catch`; `ends` for a loop that can also be left from within;
   * `matches` for a case, and `no case` for a `switch`.
   */
  readonly outcome: string;
  /**
   * The branch was taken as often as the sum of the counts at `plus`, minus
   * those at `less`.
   */
  readonly plus: readonly number[];
  readonly less: readonly number[];
  /**
   * The range that only this branch runs. Branches within it are not reported
   * separately.
   */
  readonly start: number;
  readonly end: number;
}

/** The most characters of a branch's code to print. */
const longestCode = 120;

/**
 * Returns all branches of a file, except `??=`, `||=`, `&&=` and default
 * values, for which V8 has no counters.
 */
export function readBranches(file: string): Branch[] {
  const text = readFileSync(join(root, file), "utf8");
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const branches: Branch[] = [];
  visit(source);
  return branches;

  function visit(node: ts.Node): void {
    if (ts.isIfStatement(node)) {
      addChoice(node.expression, node.thenStatement, node.elseStatement);
    } else if (ts.isConditionalExpression(node)) {
      addChoice(node.condition, node.whenTrue, node.whenFalse);
    } else if (ts.isBinaryExpression(node)) addOperator(node);
    else if (isOptionalLink(node)) addOptionalLink(node);
    else if (ts.isSwitchStatement(node)) addSwitch(node);
    else if (ts.isCatchClause(node)) add(node, "catch", "runs", node.block);
    else if (ts.isIterationStatement(node, false)) addLoop(node);
    else if (ts.isFunctionLike(node)) addFunction(node);
    ts.forEachChild(node, visit);
  }

  /**
   * @param node The node that the branch belongs to.
   * @param scope What only this branch runs. If nothing, how often the branch
   *   was taken.
   */
  function add(
    node: ts.Node,
    code: string,
    outcome: string,
    scope: ts.Node | Count,
  ): void {
    const start = node.getStart();
    const hasScope = "kind" in scope;
    branches.push({
      file,
      line: source.getLineAndCharacterOfPosition(start).line + 1,
      within: nameAround(node),
      code: onOneLine(code),
      outcome,
      start: hasScope ? scope.getStart() : node.end,
      end: hasScope ? scope.end : node.end,
      ...(hasScope ? { plus: [scope.getStart()], less: [] } : scope),
    });
  }

  function addChoice(
    condition: ts.Expression,
    whenTrue: ts.Node,
    whenFalse: ts.Node | undefined,
  ): void {
    const code = condition.getText();
    add(condition, code, "true", whenTrue);
    add(
      condition,
      code,
      "false",
      // Behind the condition, where it has been evaluated: it may contain an
      // `await`.
      whenFalse ?? { plus: [condition.end], less: [whenTrue.getStart()] },
    );
  }

  /** `a || b || c` is one chain for V8, and two operators here. */
  function addOperator(node: ts.BinaryExpression): void {
    const { left, right, operatorToken: { kind } } = node;
    const outcomes = ways.get(kind);
    if (!outcomes) return;
    const last = ts.isBinaryExpression(left) && left.operatorToken.kind === kind
      ? left.right
      : left;
    const code = `${last.getText()} ${ts.tokenToString(kind)}`;
    add(last, code, outcomes.on, right);
    add(
      last,
      code,
      outcomes.stop,
      without(countOf(last, last.getStart()), right.getStart()),
    );
  }

  function addOptionalLink(node: OptionalLink): void {
    const link = node.questionDotToken.getStart();
    const { expression } = node;
    const code = `${expression.getText()}?.`;
    add(expression, code, "value", { plus: [link], less: [] });
    const all = countOf(expression, expression.end - 1);
    add(expression, code, "nullish", without(all, link));
  }

  function addSwitch(node: ts.SwitchStatement): void {
    const { clauses } = node.caseBlock;
    const entries: number[] = [];
    let before: ts.CaseOrDefaultClause | undefined;
    for (const clause of clauses) {
      const label = ts.isCaseClause(clause)
        ? `case ${clause.expression.getText()}`
        : "default";
      // Falling through from a clause without statements counts in both
      // clauses.
      const isFallenInto = before?.statements.length === 0;
      const less = isFallenInto && before ? [before.getStart()] : [];
      add(clause, label, "matches", { plus: [clause.getStart()], less });
      if (clause.statements.length > 0) entries.push(clause.getStart());
      before = clause;
    }
    if (clauses.some(ts.isDefaultClause)) return;
    add(node, `switch (${node.expression.getText()})`, "no case", {
      plus: [node.expression.end],
      less: entries,
    });
  }

  function addLoop(node: ts.IterationStatement): void {
    const head = text.slice(node.getStart(), node.statement.getStart());
    add(node, head, "runs", node.statement);
    const body = node.statement.getStart();
    const exits = exitsOf(node);
    // A loop that is never left from within ends on its own.
    if (exits.length === 0 || ts.isForStatement(node) && !node.condition) {
      return;
    }
    const all = ts.isForStatement(node) || ts.isWhileStatement(node) ||
        ts.isDoStatement(node)
      ? countOfLoopCondition(node)
      : { plus: [node.getStart(), body], less: exits };
    add(node, head, "ends", without(all, body));
  }

  function addFunction(node: ts.SignatureDeclaration): void {
    if (!("body" in node) || !node.body) return;
    const body = node.body as ts.Node;
    add(node, text.slice(node.getStart(), body.getStart()), "runs", body);
  }
}

interface Count {
  readonly plus: readonly number[];
  readonly less: readonly number[];
}

function without({ plus, less }: Count, place: number): Count {
  return { plus, less: [...less, place] };
}

/**
 * Returns how often an expression was evaluated. `place` is a position in it.
 */
function countOf(expression: ts.Node, place: number): Count {
  for (let at = expression; !ts.isStatement(at); at = at.parent) {
    const { parent } = at;
    if (ts.isFunctionLike(parent) || hasOwnRange(at, parent)) break;
    if (isLoopCondition(at, parent)) return countOfLoopCondition(parent);
  }
  return { plus: [place], less: [] };
}

/** Whether V8 counts this part of an expression separately. */
function hasOwnRange(node: ts.Node, parent: ts.Node): boolean {
  if (ts.isConditionalExpression(parent)) return node !== parent.condition;
  return ts.isBinaryExpression(parent) && node === parent.right &&
    ways.has(parent.operatorToken.kind);
}

type ConditionalLoop = ts.WhileStatement | ts.DoStatement | ts.ForStatement;

function isLoopCondition(
  node: ts.Node,
  parent: ts.Node,
): parent is ConditionalLoop {
  return ts.isForStatement(parent)
    ? node === parent.condition
    : (ts.isWhileStatement(parent) || ts.isDoStatement(parent)) &&
      node === parent.expression;
}

/**
 * V8 counts here how often the loop was entered. The condition is evaluated
 * then, and again after each run of the body that did not leave the loop.
 */
function countOfLoopCondition(loop: ConditionalLoop): Count {
  const body = loop.statement.getStart();
  return {
    plus: ts.isDoStatement(loop) ? [body] : [loop.getStart(), body],
    less: exitsOf(loop),
  };
}

/** The positions where a loop's body leaves the loop. */
function exitsOf(loop: ts.IterationStatement): number[] {
  const exits: number[] = [];
  findExits(loop.statement, false);
  return exits;

  function findExits(node: ts.Node, isInner: boolean): void {
    if (ts.isFunctionLike(node)) return;
    if (
      ts.isReturnStatement(node) || ts.isThrowStatement(node) ||
      ts.isBreakStatement(node) && (!isInner || node.label)
    ) exits.push(node.getStart());
    const opens = ts.isIterationStatement(node, false) ||
      ts.isSwitchStatement(node);
    ts.forEachChild(node, (child) => findExits(child, isInner || opens));
  }
}

/**
 * The value of the left operand with which an operator evaluates the right one,
 * and the value with which it does not.
 */
const ways: ReadonlyMap<ts.SyntaxKind, { on: string; stop: string }> = new Map([
  [ts.SyntaxKind.AmpersandAmpersandToken, { on: "true", stop: "false" }],
  [ts.SyntaxKind.BarBarToken, { on: "false", stop: "true" }],
  [ts.SyntaxKind.QuestionQuestionToken, { on: "nullish", stop: "value" }],
]);

type OptionalLink =
  & (
    | ts.PropertyAccessExpression
    | ts.ElementAccessExpression
    | ts.CallExpression
  )
  & { questionDotToken: ts.QuestionDotToken };

function isOptionalLink(node: ts.Node): node is OptionalLink {
  return (ts.isPropertyAccessExpression(node) ||
    ts.isElementAccessExpression(node) || ts.isCallExpression(node)) &&
    node.questionDotToken !== undefined;
}

function nameAround(node: ts.Node): string {
  const names: string[] = [];
  for (let at = node.parent; at; at = at.parent) {
    if (
      (ts.isFunctionLike(at) || ts.isClassLike(at) ||
        ts.isVariableDeclaration(at) || ts.isPropertyAssignment(at)) && at.name
    ) names.unshift(at.name.getText());
    else if (ts.isConstructorDeclaration(at)) names.unshift("constructor");
  }
  return names.join(".");
}

function onOneLine(code: string): string {
  const line = code.replaceAll(/\s+/g, " ").trim();
  return line.length > longestCode ? `${line.slice(0, longestCode)}…` : line;
}
