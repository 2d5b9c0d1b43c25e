using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Microsoft.CodeAnalysis.CSharp.SyntaxFactory;

namespace TlsFsm.Mutation;

/// <summary>
/// Puts all mutants of a file into it, each behind a number that is looked at when it runs: one build has them all. What does not compile
/// is left out by the next pass.
/// </summary>
/// <param name="file">In the repository.</param>
/// <param name="next">The number of the next mutant.</param>
/// <param name="leftOut">What does not compile, by key.</param>
internal sealed class Mutator(string file, int next, IReadOnlySet<string> leftOut) : CSharpSyntaxRewriter
{
    private readonly Dictionary<(string Text, string What), int> _times = [];

    public List<Mutant> Mutants { get; } = [];

    public int Next { get; private set; } = next;

    public override SyntaxNode? VisitBinaryExpression(BinaryExpressionSyntax node)
    {
        var visited = (ExpressionSyntax)base.VisitBinaryExpression(node)!;
        if (Declares(node) || Text(node.Left) || Text(node.Right))
            return visited;

        foreach (var kind in Others(node.Kind()))
        {
            var other = BinaryExpression(kind, node.Left.WithoutTrivia(), node.Right.WithoutTrivia());
            visited = Choose(node, visited, other, $"`{node.OperatorToken.Text}` is `{other.OperatorToken.Text}`");
        }

        return visited;
    }

    public override SyntaxNode? VisitPrefixUnaryExpression(PrefixUnaryExpressionSyntax node)
    {
        var visited = (ExpressionSyntax)base.VisitPrefixUnaryExpression(node)!;
        return node.IsKind(SyntaxKind.LogicalNotExpression)
            ? Choose(node, visited, node.Operand.WithoutTrivia(), "without `!`")
            : visited;
    }

    public override SyntaxNode? VisitLiteralExpression(LiteralExpressionSyntax node) => node.Kind() switch
    {
        SyntaxKind.TrueLiteralExpression => Choose(node, node, LiteralExpression(SyntaxKind.FalseLiteralExpression), "`true` is `false`"),
        SyntaxKind.FalseLiteralExpression => Choose(node, node, LiteralExpression(SyntaxKind.TrueLiteralExpression), "`false` is `true`"),
        SyntaxKind.NumericLiteralExpression when node.Token.Value is int value and < int.MaxValue => Choose(
            node, node, LiteralExpression(SyntaxKind.NumericLiteralExpression, Literal(value + 1)), $"`{value}` is `{value + 1}`"),
        _ => node,
    };

    public override SyntaxNode? VisitIsPatternExpression(IsPatternExpressionSyntax node)
    {
        var visited = (ExpressionSyntax)base.VisitIsPatternExpression(node)!;
        return Declares(node) ? visited : Choose(node, visited, Not(node), "`is` is `is not`");
    }

    public override SyntaxNode? VisitIfStatement(IfStatementSyntax node)
    {
        var visited = (IfStatementSyntax)base.VisitIfStatement(node)!;
        return visited.WithCondition(Condition(node.Condition, visited.Condition));
    }

    public override SyntaxNode? VisitConditionalExpression(ConditionalExpressionSyntax node)
    {
        var visited = (ConditionalExpressionSyntax)base.VisitConditionalExpression(node)!;
        return visited.WithCondition(ParenthesizedExpression(Condition(node.Condition, visited.Condition)));
    }

    public override SyntaxNode? VisitMemberAccessExpression(MemberAccessExpressionSyntax node)
    {
        if (node.Expression is not IdentifierNameSyntax { Identifier.Text: var type } || !Values.Contains(type))
            return base.VisitMemberAccessExpression(node);

        // Another value of the type: the second of its members, or the third where it is that one already.
        var other = ParseExpression($"(({type})((int){node} == 1 ? 2 : 1))");
        return Choose(node, node, other, $"`{node}` is another one");
    }

    public override SyntaxNode? VisitExpressionStatement(ExpressionStatementSyntax node)
    {
        var visited = (ExpressionStatementSyntax)base.VisitExpressionStatement(node)!;
        if (Take(node, "nothing is done") is not { } id)
            return visited;

        return Block(IfStatement(
            Not(Switch(id)), visited.WithoutTrivia())).WithTriviaFrom(node);
    }

    public override SyntaxNode? VisitThrowStatement(ThrowStatementSyntax node)
    {
        var visited = (ThrowStatementSyntax)base.VisitThrowStatement(node)!;
        return node.Parent is not IfStatementSyntax || Take(node, "nothing is thrown") is not { } id
            ? visited
            : Block(IfStatement(Not(Switch(id)), visited.WithoutTrivia())).WithTriviaFrom(node);
    }

    public override SyntaxNode? VisitInvocationExpression(InvocationExpressionSyntax node) =>
        node.Expression is IdentifierNameSyntax { Identifier.Text: "nameof" } ? node : base.VisitInvocationExpression(node);

    // What must be constant, and what is no code.
    public override SyntaxNode? VisitAttributeList(AttributeListSyntax node) => node;

    public override SyntaxNode? VisitEnumDeclaration(EnumDeclarationSyntax node) => node;

    public override SyntaxNode? VisitConstantPattern(ConstantPatternSyntax node) => node;

    public override SyntaxNode? VisitRelationalPattern(RelationalPatternSyntax node) => node;

    public override SyntaxNode? VisitCaseSwitchLabel(CaseSwitchLabelSyntax node) => node;

    public override SyntaxNode? VisitParameter(ParameterSyntax node) => node;

    public override SyntaxNode? VisitFieldDeclaration(FieldDeclarationSyntax node) =>
        node.Modifiers.Any(SyntaxKind.ConstKeyword) ? node : base.VisitFieldDeclaration(node);

    public override SyntaxNode? VisitLocalDeclarationStatement(LocalDeclarationStatementSyntax node) =>
        node.IsConst ? node : base.VisitLocalDeclarationStatement(node);

    private ExpressionSyntax Condition(ExpressionSyntax original, ExpressionSyntax visited)
    {
        // Comparisons, patterns and negations have been changed already.
        var bare = original;
        while (bare is ParenthesizedExpressionSyntax { Expression: var within })
            bare = within;
        if (bare is PrefixUnaryExpressionSyntax || (bare is IsPatternExpressionSyntax && !Declares(bare))
            || (bare is BinaryExpressionSyntax binary && Others(binary.Kind()).Any() && !Declares(bare)))
            return visited;

        if (!Declares(original))
            return Choose(original, visited, Not(original), "the condition is turned around");

        // What the condition declares must still be assigned where it is used: behind a guard that leaves, or where the condition holds.
        if (original.Parent is IfStatementSyntax { Else: null } guard && Leaves(guard.Statement) && Negates(bare))
            return Take(original, "the condition holds") is { } always
                ? BinaryExpression(SyntaxKind.LogicalOrExpression, Switch(always), Parenthesized(visited))
                : visited;

        return Take(original, "the condition does not hold") is { } never
            ? BinaryExpression(SyntaxKind.LogicalAndExpression, Not(Switch(never)), Parenthesized(visited))
            : visited;
    }

    private ExpressionSyntax Choose(SyntaxNode original, ExpressionSyntax otherwise, ExpressionSyntax mutated, string what) =>
        Take(original, what) is { } id
            ? ParenthesizedExpression(ConditionalExpression(
                Switch(id), Parenthesized(mutated), Parenthesized(otherwise))).WithTriviaFrom(original)
            : otherwise;

    private int? Take(SyntaxNode original, string what)
    {
        var id = Next++;
        var line = original.SyntaxTree.GetText().Lines.GetLineFromPosition(original.SpanStart);
        var text = line.ToString().Trim();
        var place = (text, what);
        _times[place] = _times.GetValueOrDefault(place) + 1;
        var mutant = new Mutant(id, file, line.LineNumber + 1, text, what, _times[place]);
        if (leftOut.Contains(mutant.Key))
            return null;

        Mutants.Add(mutant);
        return id;
    }

    private static bool Leaves(StatementSyntax body) =>
        (body is BlockSyntax block ? block.Statements.LastOrDefault() : body) is ReturnStatementSyntax or ThrowStatementSyntax
            or ContinueStatementSyntax or BreakStatementSyntax;

    private static bool Negates(SyntaxNode condition) => condition.DescendantNodesAndSelf().Any(
        node => node.IsKind(SyntaxKind.NotPattern) || node.IsKind(SyntaxKind.LogicalNotExpression));

    /// <summary>A piece of text: what is added to it is put behind it.</summary>
    private static bool Text(ExpressionSyntax side) => side is InterpolatedStringExpressionSyntax
        || side.IsKind(SyntaxKind.StringLiteralExpression)
        || (side is BinaryExpressionSyntax inner && (Text(inner.Left) || Text(inner.Right)));

    private static bool Declares(SyntaxNode node) => node.DescendantNodesAndSelf().Any(
        inner => inner is SingleVariableDesignationSyntax or DeclarationExpressionSyntax or ParenthesizedVariableDesignationSyntax);

    private static ExpressionSyntax Switch(int id) => ParseExpression($"global::TlsFsm.MutantSwitch.Is({id})");

    private static PrefixUnaryExpressionSyntax Not(ExpressionSyntax expression) =>
        PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, Parenthesized(expression));

    private static ParenthesizedExpressionSyntax Parenthesized(ExpressionSyntax expression) =>
        ParenthesizedExpression(expression.WithoutTrivia());

    private static IEnumerable<SyntaxKind> Others(SyntaxKind kind) => kind switch
    {
        SyntaxKind.LessThanExpression => [SyntaxKind.LessThanOrEqualExpression, SyntaxKind.GreaterThanOrEqualExpression],
        SyntaxKind.LessThanOrEqualExpression => [SyntaxKind.LessThanExpression, SyntaxKind.GreaterThanExpression],
        SyntaxKind.GreaterThanExpression => [SyntaxKind.GreaterThanOrEqualExpression, SyntaxKind.LessThanOrEqualExpression],
        SyntaxKind.GreaterThanOrEqualExpression => [SyntaxKind.GreaterThanExpression, SyntaxKind.LessThanExpression],
        SyntaxKind.EqualsExpression => [SyntaxKind.NotEqualsExpression],
        SyntaxKind.NotEqualsExpression => [SyntaxKind.EqualsExpression],
        SyntaxKind.LogicalAndExpression => [SyntaxKind.LogicalOrExpression],
        SyntaxKind.LogicalOrExpression => [SyntaxKind.LogicalAndExpression],
        SyntaxKind.AddExpression => [SyntaxKind.SubtractExpression],
        SyntaxKind.SubtractExpression => [SyntaxKind.AddExpression],
        _ => [],
    };

    /// <summary>Types whose values say what becomes of a connection.</summary>
    private static readonly HashSet<string> Values =
    [
        "CloseReason", "TlsFault", "TlsState", "ReadState", "WriteState", "AppState", "TlsTrigger", "ReadTrigger", "WriteTrigger", "AppTrigger",
    ];
}
