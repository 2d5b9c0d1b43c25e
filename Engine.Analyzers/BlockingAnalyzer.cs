using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace TlsFsm.Analyzers;

/// <summary>A wait in the very body of a method that implements a callback of <c>IProtocol</c> or <c>IBufferedProtocol</c>.</summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class BlockingAnalyzer : DiagnosticAnalyzer
{
    private static readonly ImmutableHashSet<string> Protocols = ["IProtocol", "IBufferedProtocol"];

    /// <inheritdoc/>
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [Rules.Blocking];

    /// <inheritdoc/>
    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterOperationBlockAction(Look);
    }

    private static void Look(OperationBlockAnalysisContext context)
    {
        if (context.OwningSymbol is not IMethodSymbol { IsAsync: false } method || !IsCallback(method))
            return;

        var all = context.OperationBlocks.SelectMany(block => block.Descendants()).ToList();

        // A task that is known to be done is not waited for.
        if (all.OfType<IPropertyReferenceOperation>().Any(one => IsTask(one.Property.ContainingType) && one.Property.Name != "Result"))
            return;

        foreach (var operation in all)
        {
            if (Waits(operation) is { } what && !IsInside(operation) && !ForNoTime(operation))
                context.ReportDiagnostic(Diagnostic.Create(Rules.Blocking, operation.Syntax.GetLocation(), what, method.Name));
        }
    }

    private static bool IsCallback(IMethodSymbol method) => method.ContainingType.AllInterfaces
        .Where(one => Protocols.Contains(one.Name) && Names.IsOurs(one))
        .SelectMany(one => one.GetMembers().OfType<IMethodSymbol>())
        .Any(member => SymbolEqualityComparer.Default.Equals(
            method.ContainingType.FindImplementationForInterfaceMember(member), method));

    private static string? Waits(IOperation operation) => operation switch
    {
        IInvocationOperation { TargetMethod: { Name: "Wait" or "WaitAll" or "WaitAny", ContainingType: var type } } when IsTask(type)
            => "Task.Wait",
        IInvocationOperation { TargetMethod: { Name: "Sleep", ContainingType: { Name: "Thread" } type } } when IsThreading(type)
            => "Thread.Sleep",
        IInvocationOperation { TargetMethod: { Name: "GetResult", ContainingType: var type } } when type.Name.EndsWith(
            "TaskAwaiter", StringComparison.Ordinal) => "GetAwaiter().GetResult()",
        IPropertyReferenceOperation { Property: { Name: "Result", ContainingType: var type } } when IsTask(type) => "Task.Result",
        _ => null,
    };

    private static bool ForNoTime(IOperation operation) => operation is IInvocationOperation call && call.Arguments.Any(argument =>
        argument.Value.ConstantValue is { HasValue: true, Value: 0 } || argument.Value is IFieldReferenceOperation { Field.Name: "Zero" });

    private static bool IsTask(INamedTypeSymbol type) =>
        type.Name is "Task" or "ValueTask" && type.ContainingNamespace.ToDisplayString() == "System.Threading.Tasks";

    private static bool IsThreading(INamedTypeSymbol type) => type.ContainingNamespace.ToDisplayString() == "System.Threading";

    /// <summary>What a lambda or a local function does is done at another time.</summary>
    private static bool IsInside(IOperation operation)
    {
        for (var one = operation.Parent; one is not null; one = one.Parent)
        {
            if (one is IAnonymousFunctionOperation or ILocalFunctionOperation)
                return true;
        }

        return false;
    }
}
