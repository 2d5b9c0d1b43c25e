using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TlsFsm.Analyzers;

/// <summary>
/// A stream, pipe or listener that was made here, is never disposed of here, and of which nobody else gets to know: its result is thrown
/// away, or lies in a variable that is only read and written through.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class UndisposedAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableHashSet<string> Makers = ["OpenStreamAsync", "OpenPipeAsync", "Start"];
    private static readonly ImmutableHashSet<string> Doors = ["TlsClient", "TlsServer", "TlsListener"];

    /// <summary>These end it, or give away what can.</summary>
    private static readonly ImmutableHashSet<string> Endings =
        ["Dispose", "DisposeAsync", "Close", "Abort", "StopAsync", "ShutdownAsync", "Connection", "Input", "Output"];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rules.Undisposed];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterOperationBlockAction(Look);
    }

    private static void Look(OperationBlockAnalysisContext context)
    {
        foreach (var block in context.OperationBlocks)
        {
            foreach (var made in block.Descendants().OfType<IInvocationOperation>().Where(IsMade))
            {
                var value = WholeOf(made);
                if (value.Parent is IExpressionStatementOperation && made.TargetMethod.ContainingType.Name != "TlsListener"
                    && value is IAwaitOperation)
                    Report(context, made, made.TargetMethod.Name);
                else if (DeclaredBy(value) is { } local && !IsLookedAfter(block, local))
                    Report(context, made, local.Name);
            }
        }
    }

    private static void Report(OperationBlockAnalysisContext context, IOperation at, string what) =>
        context.ReportDiagnostic(Diagnostic.Create(Rules.Undisposed, at.Syntax.GetLocation(), what));

    private static bool IsMade(IInvocationOperation call) =>
        Makers.Contains(call.TargetMethod.Name) && call.TargetMethod.IsStatic
        && Names.IsOurs(call.TargetMethod.ContainingType) && Doors.Contains(call.TargetMethod.ContainingType.Name);

    /// <summary>With the await, ConfigureAwait and conversions around it.</summary>
    private static IOperation WholeOf(IOperation made)
    {
        var value = made;
        while (true)
        {
            if (value.Parent is IAwaitOperation or IConversionOperation or IParenthesizedOperation)
                value = value.Parent;
            else if (value.Parent is IInvocationOperation { TargetMethod.Name: "ConfigureAwait" } configured && configured.Instance == value)
                value = configured;
            else
                return value;
        }
    }

    /// <summary>The variable that a value was declared with, unless its declaration looks after it.</summary>
    private static ILocalSymbol? DeclaredBy(IOperation value) =>
        value is IAwaitOperation or IInvocationOperation { TargetMethod.Name: "Start" }
        && value.Parent is IVariableInitializerOperation { Parent: IVariableDeclaratorOperation declared }
        && !declared.Symbol.IsUsing && !IsInUsing(declared)
            ? declared.Symbol : null;

    private static bool IsInUsing(IOperation operation)
    {
        for (var one = operation.Parent; one is not null; one = one.Parent)
        {
            if (one is IUsingOperation or IUsingDeclarationOperation)
                return true;
            if (one is IBlockOperation)
                return false;
        }

        return false;
    }

    /// <summary>Whether anything is done with it beside reading from it and writing to it.</summary>
    private static bool IsLookedAfter(IOperation block, ILocalSymbol local) =>
        block.Descendants().OfType<ILocalReferenceOperation>()
            .Where(reference => SymbolEqualityComparer.Default.Equals(reference.Local, local))
            .Any(reference => !IsMerelyUsed(reference));

    private static bool IsMerelyUsed(ILocalReferenceOperation reference) => reference.Parent switch
    {
        IInvocationOperation call => call.Instance == reference && !Endings.Contains(call.TargetMethod.Name),
        IPropertyReferenceOperation property => property.Instance == reference && !Endings.Contains(property.Property.Name),
        _ => false,
    };
}
