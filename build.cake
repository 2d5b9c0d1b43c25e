// dotnet tool restore && dotnet cake [--target=Build|Test|Diagrams|Draw|Pack|TryPackages|Site|CI] [--configuration=Release]

var target = Argument("target", "CI");
var configuration = Argument("configuration", "Release");

const string Solution = "TlsFsm.sln";
const string Drawings = "StateDiagrams/StateDiagrams.csproj";
const string Artifacts = "artifacts";

Task("Build")
    .Description("Restores and builds everything; warnings are errors.")
    .Does(() => DotNetBuild(Solution, new DotNetBuildSettings { Configuration = configuration }));

Task("Test")
    .Description("Runs all tests. What a test needs beyond .NET is ignored with a reason where it is missing; not under CI=true.")
    .IsDependentOn("Build")
    .Does(() => DotNetTest(Solution, new DotNetTestSettings { Configuration = configuration, NoBuild = true }));

Task("Diagrams")
    .Description("Checks that the committed drawings and tables are those of the running machines.")
    .IsDependentOn("Build")
    .Does(() => Draw("--check"));

Task("Draw")
    .Description("Writes the drawings and tables; the SVGs where Graphviz is installed.")
    .IsDependentOn("Build")
    .Does(() => Draw());

Task("Pack")
    .Description("Makes the packages, symbols and source links inside, in artifacts/.")
    .IsDependentOn("Build")
    .Does(() =>
    {
        CleanDirectory(Artifacts);
        DotNetPack(Solution, new DotNetPackSettings { Configuration = configuration, NoBuild = true, OutputDirectory = Artifacts });
    });

Task("TryPackages")
    .Description("Takes the packages from artifacts/ as a stranger's program does: an echo, a page by Kestrel, the tool.")
    .IsDependentOn("Pack")
    .Does(() =>
    {
        // A package of the same number from the run before must not stand in for this one.
        CleanDirectory("Packages.Tests/obj/packages");
        DotNetTest("Packages.Tests/Packages.Tests.csproj");
    });

#load "Site/site.cake"

Task("CI")
    .Description("Everything that a change has to pass.")
    .IsDependentOn("Test")
    .IsDependentOn("Diagrams")
    .IsDependentOn("TryPackages");

RunTarget(target);

void Draw(params string[] arguments)
{
    var all = new ProcessArgumentBuilder();
    foreach (var argument in arguments)
        all.Append(argument);
    DotNetRun(Drawings, all, new DotNetRunSettings { Configuration = configuration, NoBuild = true });
}
